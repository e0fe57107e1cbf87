// Notifications and transactions, as they happen.

import { h } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { count, counted } from './format.js';
import { stringify } from './json.js';
import { Empty, Json, Lsn, Name, Panel, Time } from './parts.js';
import { useLive } from './state.js';

const SHOWN = 100;
const SHOWN_TRANSACTIONS = 40;
const SHOWN_COLUMNS = 8;

/** What is shown while it is held: the list as it was. */
function useHeld(list) {
  const [held, setHeld] = useState(null);
  return [held ?? list, held !== null, () => setHeld(held === null ? [...list] : null)];
}

function Hold({ held, toggle }) {
  return h('button', { type: 'button', 'aria-pressed': held, onClick: toggle }, held ? 'Go on' : 'Hold');
}

const kind = (type) =>
  type.startsWith('s3:ObjectCreated') ? 'made' : type.startsWith('s3:ObjectRemoved') ? 'gone' : 'other';

export function Notifications() {
  const live = useLive();
  const [list, held, toggle] = useHeld(live.notifications);
  const [text, setText] = useState('');
  const [open, setOpen] = useState(null);
  const wanted = text.toLowerCase();
  const found = wanted
    ? list.filter(({ event }) => `${event.type} ${event.subject}`.toLowerCase().includes(wanted))
    : list;
  return [
    h('h1', null, 'Notifications'),
    h('div', { class: 'filters' },
      h('label', { class: 'search' }, h('span', null, 'Type or subject has'),
        h('input', { type: 'search', value: text, autocomplete: 'off', spellcheck: false, onInput: (event) => setText(event.target.value) })),
      h(Hold, { held, toggle }),
      h('p', { class: 'note' }, `${count(live.notificationsSeen)} seen, with the last ones before the page was opened`,
        live.notificationsLeftOut ? `, ${count(live.notificationsLeftOut)} more came faster than can be read` : '',
        live.gap ? '; some of the time without a connection may be missing' : '')),
    h(Panel, null,
      found.length === 0 ? h(Empty, null, list.length ? 'None of those seen matches.' : 'They appear here as they happen.') : null,
      h('ul', { class: 'events' }, found.slice(0, SHOWN).map(({ n, event }) =>
        h('li', { key: n, class: open === n ? 'open' : '' },
          h('button', { type: 'button', class: 'line', 'aria-expanded': open === n, onClick: () => setOpen(open === n ? null : n) },
            h(Time, { at: event.time }),
            h('span', { class: `type ${kind(event.type)}` }, event.type),
            h('span', { class: 'subject' }, h(Name, { of: event.subject ?? '' })),
            h('span', { class: 'where' }, event.data?.bucket ?? event.data?.backend ?? '')),
          open === n ? h(Json, { of: event }) : null))),
      found.length > SHOWN ? h('p', { class: 'hint' }, `The latest ${SHOWN} of ${count(found.length)} are shown.`) : null),
  ];
}

const OPERATIONS = { c: ['insert', 'made'], u: ['update', 'other'], d: ['delete', 'gone'], r: ['read', 'quiet'], t: ['truncate', 'gone'] };

const text = (value) => (value === null || value === undefined ? 'null' : typeof value === 'object' ? stringify(value) : String(value));

const short = (value) => {
  const whole = text(value);
  return whole.length > 36 ? `${whole.slice(0, 36)}…` : whole;
};

/** What an update changed, or what the row is or was. */
function Columns({ row }) {
  const fields = row.after ?? row.before ?? {};
  const updated = row.op === 'u' && row.before;
  const names = Object.keys(fields).filter((name) => !(name in (row.key ?? {}))
    && (updated ? text(row.before[name]) !== text(fields[name]) : fields[name] !== null));
  return [...names.slice(0, SHOWN_COLUMNS).map((name) => h('span', { key: name, class: 'column', title: text(fields[name]) },
    h('i', null, name), ' ',
    updated ? h('s', null, short(row.before[name])) : null, updated ? ' ' : null,
    short(fields[name]))),
  names.length > SHOWN_COLUMNS
    ? h('span', { key: '', class: 'quiet', title: names.slice(SHOWN_COLUMNS).join(', ') }, `and ${names.length - SHOWN_COLUMNS} more columns`)
    : null];
}

function Row({ row }) {
  const [word, look] = OPERATIONS[row.op] ?? [row.op, 'quiet'];
  return h('li', null,
    h('span', { class: `op ${look}` }, word),
    h('b', null, row.table),
    h('span', { class: 'key' }, Object.values(row.key ?? {}).map((part, n) =>
      h('span', { key: n, title: text(part) }, h(Name, { of: short(part) })))),
    h('span', { class: 'columns' }, h(Columns, { row })));
}

function Transaction({ of }) {
  const rows = Object.values(of.tables).reduce((sum, n) => sum + n, 0);
  const [all, setAll] = useState(false);
  const shown = all ? of.rows : of.rows.slice(0, 4);
  return h('li', { class: 'transaction' },
    h('div', { class: 'about' },
      h(Time, { at: of.committed_at }),
      h('span', { class: 'source-name' }, of.source),
      of.snapshot ? h('span', null, 'snapshot') : h('span', null, h('span', { class: 'quiet' }, 'xid '), h('span', { class: 'mono' }, of.transaction_id)),
      h('span', null, h('span', { class: 'quiet' }, 'ends at '), h(Lsn, { lsn: of.lsn })),
      h('span', { class: 'quiet' }, counted(rows, 'row'))),
    h('ul', { class: 'rows' }, shown.map((row, n) => h(Row, { key: n, row }))),
    of.rows.length > shown.length
      ? h('button', { type: 'button', class: 'small', onClick: () => setAll(true) }, counted(of.rows.length - shown.length, 'more row'))
      : null,
    of.rows_left_out ? h('p', { class: 'hint' }, `${counted(of.rows_left_out, 'further row is', 'further rows are')} not shown.`) : null);
}

export function Transactions() {
  const live = useLive();
  const [list, held, toggle] = useHeld(live.transactions);
  const [source, setSource] = useState('');
  const found = source ? list.filter((one) => one.source === source) : list;
  return [
    h('h1', null, 'Transactions'),
    h('div', { class: 'filters' },
      h('label', null, h('span', null, 'Source'), h('select', { value: source, onChange: (event) => setSource(event.target.value) },
        h('option', { value: '' }, 'all'), Object.keys(live.status?.sources ?? {}).map((name) => h('option', { key: name, value: name }, name)))),
      h(Hold, { held, toggle }),
      h('p', { class: 'note' }, live.rowsLeftOut
        ? `A sample of whole transactions: up to ${counted(live.rowsLeftOut, 'row')} of others came faster than can be read, and ${live.rowsLeftOut === 1 ? 'is' : 'are'} not shown${
          live.gap ? '; some of the time without a connection may be missing' : ''}`
        : live.gap
          ? 'As PostgreSQL committed them; some of the time without a connection may be missing'
          : 'All of them since the page was opened, as PostgreSQL committed them, and the last ones before')),
    h(Panel, null,
      found.length === 0 ? h(Empty, null, 'They appear here as they are committed.') : null,
      h('ul', { class: 'transactions' }, found.slice(0, SHOWN_TRANSACTIONS).map((one) => h(Transaction, { key: one.n, of: one }))),
      found.length > SHOWN_TRANSACTIONS ? h('p', { class: 'hint' }, `The latest ${SHOWN_TRANSACTIONS} of ${count(found.length)} are shown.`) : null),
  ];
}
