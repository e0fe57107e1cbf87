// The state of sources and stages at a glance.

import { h } from 'preact';
import { useMemo } from 'preact/hooks';
import { post } from './api.js';
import { count, counted, rate, seconds, walBetween } from './format.js';
import { sum } from './json.js';
import { Action, Bytes, Chart, Empty, Figure, Lsn, Name, Panel, State, StorageBar, Time } from './parts.js';
import { say, useLive } from './state.js';

const TITLES = { s3: 's3-orchestrator', sync: 'Firefox Sync' };
const WINDOW = 15 * 60;
const RATE = [{ label: 'rows per second', colour: '--accent', mark: 'accent' }];

function Readiness({ status }) {
  if (!status) return h('p', { class: 'readiness' }, 'Reading the status …');
  return status.ready
    ? h('p', { class: 'readiness good' }, h(State, { of: 'ready' }, 'Ready'), ' All roles of this instance make progress.')
    : h('div', { class: 'readiness bad', role: 'status' },
      h(State, { of: 'not ready' }, 'Not ready'),
      h('ul', null, status.reasons.map((reason) => h('li', { key: reason }, reason))));
}

function withoutRates(now) {
  if (!now) return 'This instance does not capture the source. The page of one that does shows its rows per second.';
  return now.rows_per_second === null
    ? 'Another instance captures the source, or none does yet.'
    : 'The rows per second of the first ten seconds are being counted.';
}

function RateChart({ rates, source, now }) {
  const last = rates.length ? rates[rates.length - 1].t : 0;
  const data = useMemo(() => {
    const shown = rates.filter((one) => one.t > last - WINDOW && one[source] !== null);
    return [shown.map((one) => one.t), shown.map((one) => one[source])];
  }, [last, source]);
  if (data[0].length < 2) return h(Empty, null, withoutRates(now));
  return h(Chart, { data, series: RATE, value: rate, height: 110, fill: true, label: `Rows per second of ${source}, last 15 minutes` });
}

function Snapshots({ source }) {
  return source.snapshots.map((one, n) =>
    h('div', { class: 'progress', key: one.table + n },
      h('span', null, n === 0 ? 'Reading ' : 'Next: ', h('b', null, one.table),
        one.estimate ? ` – ${count(one.rows)} of about ${counted(one.estimate, 'row')}` : ` – ${counted(one.rows, 'row')}`,
        one.seconds_left ? `, ${seconds(one.seconds_left)} left` : ''),
      one.estimate ? h('progress', { max: one.estimate, value: Math.min(one.rows, one.estimate), 'aria-label': one.table }) : null));
}

function Slot({ slot }) {
  if (!slot) return h(Empty, null, 'There is no replication slot yet.');
  return h('dl', { class: 'figures' },
    h(Figure, { label: 'Slot', note: slot.active ? 'active' : 'inactive' }, h('span', { class: 'mono' }, slot.name)),
    h(Figure, { label: 'Retained WAL', note: slot.max_slot_wal_keep_size ? ['of ', h(Bytes, { n: slot.max_slot_wal_keep_size })] : 'no limit' },
      h(Bytes, { n: slot.retained_bytes })),
    slot.safe_wal_size !== null ? h(Figure, { label: 'Until the limit' }, h(Bytes, { n: slot.safe_wal_size })) : null,
    h(Figure, { label: 'Time left' }, slot.seconds_left === null ? 'not at risk' : seconds(slot.seconds_left)),
    slot.invalidation_reason ? h(Figure, { label: 'Lost because' }, slot.invalidation_reason) : null);
}

function Actions({ live, name, source }) {
  return [
    h(Action, {
      live, label: 'Snapshot …', hint: `Read a table of ${name} again`, title: `Read a table of ${name} again`, confirm: 'Read the table',
      onConfirm: async (form) => {
        await post(`api/sources/${name}/snapshots`, { table: form.get('table').trim() });
        say(`The snapshot of ${form.get('table').trim()} has begun.`);
      },
    },
    h('p', null, 'Its rows are read beside the stream. Tallies stay right meanwhile.'),
    h('label', null, 'Table', h('input', { name: 'table', required: true, autocomplete: 'off', spellcheck: false, placeholder: name === 's3' ? 'object_locations' : 'bsos' }))),
    source.state === 'failed' || source.state === 'stopped'
      ? h(Action, {
        live, label: 'Resume …', hint: `Resume ${name}`, title: `Resume ${name}`, confirm: 'Resume', danger: true,
        onConfirm: async (form) => {
          await post(`api/sources/${name}/resume?new_epoch=${form.get('epoch') === 'on'}`);
          say(`${name} resumes.`);
        },
      },
      source.reason ? h('p', null, source.reason) : null,
      h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'epoch' }),
        'Begin a new epoch: the server was restored, replaced or promoted. All tables are read again.'))
      : null,
  ];
}

function Source({ live, name, source }) {
  const now = live.lastRates?.sources[name];
  const captured = now?.captured_lsn ?? source.captured_lsn;
  const applied = now?.applied_lsn ?? source.applied_lsn;
  const behind = walBetween(applied, captured);
  // The status is some seconds old, and the LSN of the capture is not.
  const server = walBetween(source.server_lsn, captured) > 0 ? captured : source.server_lsn;
  return h(Panel, {
    class: 'source',
    title: [TITLES[name] ?? name, ' ', h(State, { of: source.state })],
    note: `source ${name}${source.epoch === null ? '' : `, epoch ${source.epoch}`}`,
    actions: h(Actions, { live, name, source }),
  },
  source.reason ? h('p', { class: 'problem' }, source.reason) : null,
  h('dl', { class: 'figures lead' },
    h(Figure, { label: 'Capture lag', note: source.lag_seconds === null ? null : seconds(source.lag_seconds) }, h(Bytes, { n: source.lag_bytes })),
    h(Figure, { label: 'To apply' }, behind === null ? '–' : h(Bytes, { n: behind })),
    h(Figure, { label: 'Rows per second' }, now ? rate(now.rows_per_second) : '–')),
  h(RateChart, { rates: live.rates, source: name, now }),
  h('dl', { class: 'figures' },
    h(Figure, { label: 'Server LSN' }, h(Lsn, { lsn: server })),
    h(Figure, { label: 'Captured LSN' }, h(Lsn, { lsn: captured })),
    h(Figure, { label: 'Applied LSN' }, h(Lsn, { lsn: applied }))),
  h(Slot, { slot: source.slot }),
  h(Snapshots, { source }),
  source.failed_snapshots.map((one) => h('p', { class: 'problem', key: one.table + one.failed_at },
    `The snapshot of ${one.table} failed: ${one.reason}`)),
  source.limitations.map((one) => h('p', { class: 'hint', key: one.missing },
    `${one.reason[0].toUpperCase()}${one.reason.slice(1)}, so ${one.consequence}.`)));
}

function Stages({ status, deadLetters }) {
  const rows = [
    ...Object.entries(status.stages).map(([name, one]) => ({ name, href: name === 'webhooks' ? '#/webhooks' : null, letters: deadLetters?.[name], ...one })),
    ...Object.entries(status.sinks).map(([name, one]) => ({ name, href: '#/sinks', letters: one.dead_letters, ...one })),
  ];
  return h(Panel, { title: 'Stages and sinks' },
    h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Stages and sinks' },
      h('table', null,
        h('thead', null, h('tr', null,
          h('th', { scope: 'col' }, 'Name'), h('th', { scope: 'col' }, 'State'),
          h('th', { scope: 'col', class: 'n' }, 'Lag'), h('th', { scope: 'col', class: 'n' }, 'Members'), h('th', { scope: 'col', class: 'n' }, 'Dead letters'))),
        h('tbody', null, rows.map((one) => [h('tr', { key: one.name, class: one.reason ? 'has-why' : '' },
          h('th', { scope: 'row' }, one.href ? h('a', { href: one.href }, h(Name, { of: one.name })) : one.name),
          h('td', null, h(State, { of: one.state })),
          h('td', { class: 'n' }, one.lag === null ? '–' : count(one.lag)),
          h('td', { class: 'n' }, count(one.members)),
          h('td', { class: `n ${one.letters ? 'warn' : ''}` }, one.letters ? h('a', { href: '#/dead-letters' }, count(one.letters)) : count(one.letters))),
        one.reason ? h('tr', { key: `${one.name} why`, class: 'why' }, h('td', { colSpan: 5 }, one.reason)) : null])))));
}

function Storage({ backends }) {
  const all = [...backends.values()].sort((a, b) => b.utilization - a.utilization || b.bytes_used - a.bytes_used);
  return h(Panel, { title: 'Backends', note: h('a', { href: '#/backends' }, `all ${count(all.length)}`) },
    all.length === 0 ? h(Empty, null, 'There is no backend.') : null,
    h('ul', { class: 'compact' }, all.slice(0, 6).map((one) =>
      h('li', { key: one.backend_name },
        h('a', { href: `#/backends/${encodeURIComponent(one.backend_name)}` }, h(Name, { of: one.backend_name })),
        h(StorageBar, { backend: one }),
        h('span', { class: 'n' }, h(Bytes, { n: sum(one.bytes_used, one.orphan_bytes) }), h('small', null, one.bytes_limit ? [' of ', h(Bytes, { n: one.bytes_limit })] : ' no limit'))))));
}

function LastNotifications({ notifications }) {
  return h(Panel, { class: 'across', title: 'Last notifications', note: h('a', { href: '#/notifications' }, 'as they happen') },
    notifications.length === 0 ? h(Empty, null, 'There is none yet.') : null,
    h('ul', { class: 'compact lines' }, notifications.slice(0, 6).map(({ n, event }) =>
      h('li', { key: n },
        h(Time, { at: event.time }),
        h('span', { class: 'type' }, event.type),
        h('span', { class: 'subject' }, h(Name, { of: event.subject ?? '' }))))));
}

export function Overview() {
  const live = useLive();
  const { status } = live;
  return [
    h('h1', null, 'Overview'),
    h(Readiness, { status }),
    status ? h('div', { class: 'grid' },
      Object.entries(status.sources).map(([name, source]) => h(Source, { key: name, live, name, source })),
      h(Stages, { status, deadLetters: live.deadLetters }),
      h(Storage, { backends: live.backends }),
      h(LastNotifications, { notifications: live.notifications })) : null,
  ];
}
