// Webhook endpoints, dead letters and sinks.

import { h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, post } from './api.js';
import { count, counted, rate, seconds, time, utc } from './format.js';
import { stringify } from './json.js';
import { Action, Bytes, Empty, Figure, Json, Lsn, Name, Pager, Panel, State, Time } from './parts.js';
import { say, useLive } from './state.js';

function Attempts({ attempts }) {
  if (attempts.length === 0) return null;
  const failed = attempts.filter((one) => one.failure).length;
  return h('details', { class: 'attempts' }, h('summary', null,
    h('span', { class: 'ticks', 'aria-hidden': true },
      attempts.slice().reverse().map((one, n) => h('i', {
        key: n, class: one.failure ? 'bad' : 'good',
        title: `${time(one.time)}, ${utc(one.time)} – ${one.failure ?? one.status} – ${seconds(one.seconds)}`,
      }))),
    failed ? `${failed} of the last ${counted(attempts.length, 'request')} failed` : `last ${counted(attempts.length, 'request')} succeeded`),
  h('ol', null, attempts.map((one, n) => h('li', { key: n, class: one.failure ? 'bad' : '' },
    h(Time, { at: one.time }), ' – ', one.failure ?? `HTTP ${one.status}`, ` – ${seconds(one.seconds)}`,
    one.events > 1 ? ` – ${count(one.events)} events` : ''))));
}

function Endpoint({ live, of }) {
  return h(Panel, {
    title: [h(Name, { of: of.name }), ' ', h(State, { of: of.state })], note: of.target,
    actions: h(EndpointAction, { live, of }),
  },
  of.reason ? h('p', { class: 'problem' }, of.reason) : null,
  h('dl', { class: 'figures lead' },
    h(Figure, { label: 'Delivered' }, count(of.delivered)),
    h(Figure, { label: 'Waiting', note: of.oldest ? h(Time, { at: of.oldest }) : null }, count(of.lag + of.unfinished)),
    h(Figure, { label: 'Retrying' }, count(of.retrying)),
    h(Figure, { label: 'Failed attempts' }, count(of.failed_attempts)),
    h(Figure, { label: 'Dead' }, of.dead ? h('a', { href: '#/dead-letters' }, count(of.dead)) : '0'),
    h(Figure, { label: 'Commit to answer', note: 'p50 / p99' }, `${seconds(of.success_seconds.p50)} / ${seconds(of.success_seconds.p99)}`)),
  h(Attempts, { attempts: of.recent_attempts }),
  of.last_failure ? h('p', { class: 'hint' }, 'Last failure ', h(Time, { at: of.last_failure.time }), ': ', of.last_failure.reason) : null);
}

/** Endpoints that get nothing for now can be resumed; all that are not stopped can be paused. */
function EndpointAction({ live, of }) {
  const path = `api/webhooks/${encodeURIComponent(of.name)}`;
  if (of.state === 'unreadable') return null;
  const stopped = of.state === 'paused' || of.state === 'disabled';
  // Each has a key, so that an open dialog does not become that of the other one.
  return [
    stopped || of.retrying ? h(Action, {
      key: 'resume', live, label: 'Resume …', hint: `Resume ${of.name}`, title: `Resume ${of.name}`, confirm: 'Resume',
      onConfirm: async () => {
        await post(`${path}/resume`);
        say(`Delivery to ${of.name} goes on.`);
      },
    }, h('p', null, 'What waits is sent at once, in order per subject, by all instances.')) : null,
    stopped ? null : h(Action, {
      key: 'pause', live, label: 'Pause …', hint: `Pause ${of.name}`, title: `Pause ${of.name}`, confirm: 'Pause', danger: true,
      onConfirm: async () => {
        await post(`${path}/pause`);
        say(`${of.name} pauses.`);
      },
    }, h('p', null, 'No instance sends it requests until it is resumed. Nothing is lost as long as the topic retains the events.')),
  ];
}

export function Webhooks() {
  const live = useLive();
  return [
    h('h1', null, 'Webhook endpoints'),
    live.webhooks === null ? h(Empty, null, 'This instance does not deliver notifications.') : null,
    live.webhooks?.length === 0 ? h(Empty, null, 'No endpoint is configured.') : null,
    live.webhooks?.length ? h('p', { class: 'note' }, 'Of this instance, since it started: each instance delivers what is in its partitions.') : null,
    h('div', { class: 'cards' }, live.webhooks?.map((one) => h(Endpoint, { key: one.name, live, of: one }))),
  ];
}

export function Sinks() {
  const live = useLive();
  return [
    h('h1', null, 'Sinks'),
    live.sinks === null ? h(Empty, null, 'This instance runs no sinks.') : null,
    live.sinks?.length === 0 ? h(Empty, null, 'No sink is configured.') : null,
    h('div', { class: 'cards' }, live.sinks?.map((one) => h(Sink, { key: one.name, live, of: one }))),
  ];
}

function Sink({ live, of }) {
  const paused = of.state === 'paused';
  const path = `api/sinks/${encodeURIComponent(of.name)}`;
  return h(Panel, {
    title: [h(Name, { of: of.name }), ' ', h(State, { of: of.state })], note: `${of.type} → ${of.destination}`,
    actions: paused
      ? h(Action, {
        key: 'resume', live, label: 'Resume …', hint: `Resume ${of.name}`, title: `Resume ${of.name}`, confirm: 'Resume',
        onConfirm: async () => {
          await post(`${path}/resume`);
          say(`${of.name} resumes.`);
        },
      }, h('p', null, 'It goes on from its position, in all instances.'))
      : h(Action, {
        key: 'pause', live, label: 'Pause …', hint: `Pause ${of.name}`, title: `Pause ${of.name}`, confirm: 'Pause', danger: true,
        onConfirm: async () => {
          await post(`${path}/pause`);
          say(`${of.name} pauses.`);
        },
      }, h('p', null, 'No instance writes it until it is resumed. Nothing is lost as long as the topics retain the records.')),
  },
  of.reason ? h('p', { class: 'problem' }, of.reason) : null,
  h('dl', { class: 'figures lead' },
    h(Figure, { label: 'Rows written' }, count(of.rows)),
    h(Figure, { label: 'Rows per second' }, rate(of.rows_per_second)),
    h(Figure, { label: 'Records waiting', note: of.lag.seconds ? seconds(of.lag.seconds) : null }, count(of.lag.records)),
    h(Figure, { label: 'WAL to apply' }, h(Bytes, { n: of.lag.bytes })),
    h(Figure, { label: 'Applied LSN' }, h(Lsn, { lsn: of.applied_lsn })),
    h(Figure, { label: 'Retries' }, count(of.retries)),
    h(Figure, { label: 'Dead letters' }, of.dead_letters ? h('a', { href: '#/dead-letters' }, count(of.dead_letters)) : '0')));
}

const PAGE = 100;
const STAGES = { capture: 'Capture', streams: 'Topologies', webhooks: 'Webhooks', sinks: 'Sinks' };

export function DeadLetters() {
  const live = useLive();
  const [stage, setStage] = useState(null);
  const [page, setPage] = useState(null);
  const [cursors, setCursors] = useState([null]);
  const [problem, setProblem] = useState(null);
  const [again, setAgain] = useState(0);
  const heading = useRef(null);
  const counts = live.deadLetters;
  const cursor = cursors[cursors.length - 1];
  const letters = page?.items;
  // Chosen once, so that the list does not jump to another stage when counts change.
  useEffect(() => {
    if (stage === null && counts) setStage(Object.keys(STAGES).find((name) => counts[name]) ?? 'streams');
  }, [stage, counts]);
  const chosen = stage ?? 'streams';
  useEffect(() => {
    let wanted = true;
    const query = new URLSearchParams({ stage: chosen, limit: PAGE });
    if (cursor) query.set('cursor', cursor);
    get(`api/dead-letters?${query}`)
      .then((found) => wanted && (setPage(found), setProblem(null)))
      .catch((error) => wanted && (setPage(null), setProblem(error.message)));
    return () => {
      wanted = false;
    };
  }, [chosen, cursor, again, counts?.[chosen], live.connection === 'live']);
  const done = (text) => {
    say(text);
    setTimeout(() => {
      heading.current?.focus();
      setAgain((n) => n + 1);
    }, 500);
  };
  return [
    h('h1', { tabIndex: -1, ref: heading }, 'Dead letters'),
    h('div', { class: 'filters tabs', role: 'group', 'aria-label': 'Stage' },
      Object.entries(STAGES).map(([name, label]) => h('button', {
        key: name, type: 'button', 'aria-pressed': chosen === name, onClick: () => {
          setStage(name);
          setCursors([null]);
        },
      }, label, counts ? h('span', { class: 'badge' }, count(counts[name])) : null)),
      h('button', { type: 'button', onClick: () => setAgain(again + 1) }, 'Read again')),
    problem ? h('p', { class: 'problem', role: 'alert' }, problem) : null,
    letters?.length === 0 ? h(Empty, null, cursors.length > 1 ? 'None is open on this page any more.' : 'None is open in this stage.') : null,
    h('div', { class: 'cards one' }, letters?.map((one) => h(Letter, { key: `${one.id} ${one.endpoint} ${one.sink}`, live, of: one, done }))),
    h(Pager, { cursors, next: page?.next, onCursors: setCursors }),
  ];
}

function Letter({ live, of, done }) {
  const ids = { stage: of.stage, ids: [of.id], endpoint: of.endpoint, sink: of.sink };
  const receiver = of.endpoint ?? of.sink;
  return h(Panel, {
    title: h('span', { class: 'mono' }, of.id), note: [receiver ? `for ${receiver}, ` : `of ${of.topic}, `, h(Time, { at: of.time })],
    actions: [
      of.stage === 'capture' ? null : h(Action, {
        live, label: 'Replay …', hint: `Replay ${of.id}`, title: 'Replay the dead letter', confirm: 'Replay',
        onConfirm: async () => {
          await post('api/dead-letters/replay', ids);
          done('It is tried again.');
        },
      }, h('p', null, 'Its stage tries it again. If the cause is not fixed, it comes back.')),
      h(Action, {
        live, label: 'Drop …', hint: `Drop ${of.id}`, title: 'Drop the dead letter', confirm: 'Drop', danger: true,
        onConfirm: async (form) => {
          await post('api/dead-letters/drop', { ...ids, reason: form.get('reason') });
          done('It is given up.');
        },
      }, h('p', null, 'It is given up, and no longer counted as open. The record stays in its topic.'),
      h('label', null, 'Reason', h('input', { name: 'reason', autocomplete: 'off' }))),
    ],
  },
  h('p', { class: 'problem' }, of.message ?? of.exception),
  h('dl', { class: 'figures' },
    h(Figure, { label: 'Topic' }, h('span', { class: 'mono' }, of.topic)),
    h(Figure, { label: 'Key' }, h('span', { class: 'mono' }, h(Name, { of: of.key === null ? '–' : typeof of.key === 'string' ? of.key : stringify(of.key) }))),
    of.event_type ? h(Figure, { label: 'Type' }, of.event_type) : null,
    of.attempts !== null ? h(Figure, { label: 'Attempts' }, count(of.attempts)) : null,
    h(Figure, { label: 'Replays' }, of.awaited_since ? ['awaited since ', h(Time, { at: of.awaited_since })] : count(of.replays))),
  h('details', null, h('summary', null, 'Content'),
    of.unreadable ? h('p', { class: 'hint' }, of.unreadable) : h(Json, { of: of.value })));
}
