// Backends and buckets.

import { h } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { get } from './api.js';
import { bytes, count, percent } from './format.js';
import { amendItems, useDocument, useLast } from './lists.js';
import { Bytes, Chart, Empty, Figure, Legend, Lsn, Name, Pager, Panel, StorageBar, Time } from './parts.js';
import { isHigh, useLive } from './state.js';

const PAGE = 100;
const HISTORY = [
  { label: 'used', colour: '--accent', mark: 'accent' },
  { label: 'orphaned', colour: '--orphan', mark: 'orphan' },
  { label: 'in flight', colour: '--flying', mark: 'flying' },
];

const SORTS = {
  utilization: ['Fullest first', (a, b) => b.utilization - a.utilization],
  bytes_used: ['Most bytes first', (a, b) => b.bytes_used - a.bytes_used],
  object_count: ['Most objects first', (a, b) => b.object_count - a.object_count],
  name: ['By name', () => 0],
};

const byName = (a, b) => (a.backend_name < b.backend_name ? -1 : 1);

export const LastChange = ({ of }) =>
  of ? h('span', null, 'transaction ', h('span', { class: 'mono' }, of.transaction_id), ' at ', h(Lsn, { lsn: of.lsn }), ', ', h(Time, { at: of.committed_at })) : '–';

export const Degraded = () => h('span', { class: 'state bad', title: 'A record that belongs to it could not be applied' }, 'degraded');

export function Search({ label, value, onInput }) {
  return h('label', { class: 'search' }, h('span', null, label),
    h('input', { type: 'search', value, autocomplete: 'off', spellcheck: false, onInput: (event) => onInput(event.target.value) }));
}

export function Backends({ selected }) {
  const live = useLive();
  const [prefix, setPrefix] = useState('');
  const [sort, setSort] = useState('utilization');
  const [pages, setPages] = useState(1);
  const all = [...live.backends.values()]
    .filter((one) => one.backend_name.startsWith(prefix))
    .sort((a, b) => SORTS[sort][1](a, b) || byName(a, b));
  const shown = all.slice(0, pages * PAGE);
  const backend = selected === null ? null : live.backends.get(selected);
  return [
    h('h1', null, 'Backends'),
    live.storageProblem && !live.backendsRead ? h('p', { class: 'problem' }, live.storageProblem) : null,
    h('div', { class: 'filters' },
      h(Search, { label: 'Name begins with', value: prefix, onInput: setPrefix }),
      h('label', null, h('span', null, 'Order'), h('select', { value: sort, onChange: (event) => setSort(event.target.value) },
        Object.entries(SORTS).map(([key, [label]]) => h('option', { key, value: key }, label)))),
      h(Legend, { series: HISTORY })),
    selected !== null ? h(Backend, { name: selected, tally: backend, key: selected }) : null,
    h(Panel, null,
      h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Backends' },
        h('table', { class: 'backends' },
          h('thead', null, h('tr', null,
            h('th', { scope: 'col' }, 'Backend'), h('th', { scope: 'col', class: 'wide' }, 'Storage'),
            h('th', { scope: 'col', class: 'n' }, 'Full'), h('th', { scope: 'col', class: 'n' }, 'Used'),
            h('th', { scope: 'col', class: 'n' }, 'Orphaned'), h('th', { scope: 'col', class: 'n' }, 'In flight'),
            h('th', { scope: 'col', class: 'n' }, 'Limit'), h('th', { scope: 'col', class: 'n' }, 'Objects'),
            h('th', { scope: 'col' }, 'Last change'))),
          h('tbody', null, shown.map((one) => h('tr', { key: one.backend_name, class: one.backend_name === selected ? 'selected' : '' },
            h('th', { scope: 'row' }, h('a', { href: `#/backends/${encodeURIComponent(one.backend_name)}` }, h(Name, { of: one.backend_name })),
              one.degraded ? h(Degraded) : null),
            h('td', null, h(StorageBar, { backend: one })),
            h('td', { class: `n ${one.bytes_limit && isHigh(one.utilization) ? 'warn' : ''}` }, one.bytes_limit ? percent(one.utilization) : '–'),
            h('td', { class: 'n' }, h(Bytes, { n: one.bytes_used })),
            h('td', { class: 'n' }, h(Bytes, { n: one.orphan_bytes })),
            h('td', { class: 'n' }, h(Bytes, { n: one.inflight_bytes })),
            h('td', { class: 'n' }, one.bytes_limit ? h(Bytes, { n: one.bytes_limit }) : 'none'),
            h('td', { class: 'n' }, count(one.object_count)),
            h('td', null, h(Time, { at: one.last_change?.committed_at }))))))),
      all.length === 0 ? h(Empty, null, prefix ? 'No backend has such a name.' : live.backendsRead ? 'There is no backend.' : 'Reading …') : null,
      all.length > shown.length ? h('div', { class: 'pager' }, h('button', { type: 'button', onClick: () => setPages(pages + 1) }, `Show more of ${count(all.length)}`)) : null),
  ];
}

function Backend({ name, tally }) {
  const [detail, setDetail] = useState(null);
  const [history, setHistory] = useState(null);
  const [problem, setProblem] = useState(null);
  const heading = useRef(null);
  useEffect(() => {
    heading.current?.focus();
    const read = () => Promise.all([
      get(`api/backends/${encodeURIComponent(name)}`).then(setDetail),
      get(`api/history/backend?name=${encodeURIComponent(name)}`).then((found) => setHistory(found.items)),
    ]).then(() => setProblem(null), (error) => setProblem(error.message));
    read();
    const timer = setInterval(read, 30000);
    return () => clearInterval(timer);
  }, [name]);
  const now = tally ?? detail;
  const data = useMemo(() => {
    const samples = [...(history ?? [])];
    const latest = samples.length ? Date.parse(samples[samples.length - 1].at) : 0;
    // The clock of this machine may be behind the server's.
    if (now) samples.push({ at: new Date(Math.max(Date.now(), latest + 1)).toISOString(), ...now });
    return [
      samples.map((one) => Date.parse(one.at) / 1000),
      ...['bytes_used', 'orphan_bytes', 'inflight_bytes'].map((field) => samples.map((one) => Number(one[field]))),
    ];
  }, [history, now]);
  return h(Panel, {
    class: 'detail', title: h('span', { tabIndex: -1, ref: heading }, h(Name, { of: name })),
    actions: h('a', { class: 'button small', href: '#/backends' }, 'Close'),
  },
  problem ? h('p', { class: 'problem' }, problem) : null,
  now ? h('dl', { class: 'figures lead' },
    h(Figure, { label: 'Used' }, h(Bytes, { n: now.bytes_used })),
    h(Figure, { label: 'Orphaned' }, h(Bytes, { n: now.orphan_bytes })),
    h(Figure, { label: 'In flight' }, h(Bytes, { n: now.inflight_bytes })),
    h(Figure, { label: 'Available', note: now.bytes_limit ? ['of ', h(Bytes, { n: now.bytes_limit })] : null }, now.bytes_limit ? h(Bytes, { n: now.bytes_available }) : 'no limit'),
    h(Figure, { label: 'Objects' }, count(now.object_count))) : null,
  data[0].length > 1
    ? h(Chart, { data, series: HISTORY, value: bytes, binary: true, height: 150, label: `Storage of ${name}, last day` })
    : h(Empty, null, 'Its history has a sample a minute, and begins with the next one.'),
  now ? h('p', { class: 'hint' }, 'Last change: ', h(LastChange, { of: now.last_change })) : null,
  detail?.usage.length ? h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `Usage of ${name} by month` },
    h('table', null,
      h('caption', null, 'Usage by month'),
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Month'),
        h('th', { scope: 'col', class: 'n' }, 'API requests'), h('th', { scope: 'col', class: 'n' }, 'Egress'), h('th', { scope: 'col', class: 'n' }, 'Ingress'))),
      h('tbody', null, detail.usage.slice().reverse().map((month) => h('tr', { key: month.period },
        h('th', { scope: 'row' }, month.period),
        h(Usage, { month, field: 'api_requests', form: count }),
        h(Usage, { month, field: 'egress_bytes', form: bytes }),
        h(Usage, { month, field: 'ingress_bytes', form: bytes })))))) : null);
}

function Usage({ month, field, form }) {
  const limit = month[`${field}_limit`];
  const share = month[`${field}_utilization`];
  return h('td', { class: `n ${limit && isHigh(share) ? 'warn' : ''}` },
    h('data', { value: month[field], title: count(month[field]) }, form(month[field])),
    limit ? h('small', null, ` ${percent(share)} of `, h('data', { value: limit, title: count(limit) }, form(limit))) : null);
}

const BUCKET_COLUMNS = [
  ['object_count', 'Objects', count], ['logical_bytes', 'Logical', null], ['stored_bytes', 'Stored', null],
  ['copy_count', 'Copies', count], ['under_replicated', 'Under-replicated', count], ['over_replicated', 'Over-replicated', count],
];

const BUCKET_CHANGES = {
  buckets: (list, { items, gone }) => amendItems(list, items, new Set(gone), (item) => item.bucket),
};

export function Buckets() {
  const [prefix, setPrefix] = useState('');
  const [sort, setSort] = useState('name');
  const [cursors, setCursors] = useState([null]);
  const query = new URLSearchParams({ limit: PAGE, sort });
  const cursor = cursors[cursors.length - 1];
  if (prefix) query.set('prefix', prefix);
  if (cursor) query.set('cursor', cursor);
  const [page, problem] = useDocument(`api/buckets?${query}`, BUCKET_CHANGES);
  const totals = useLast(page?.totals);
  const first = () => setCursors([null]);
  const column = ([field, label]) => {
    const active = sort === `-${field}` || sort === field;
    return h('th', { key: field, scope: 'col', class: 'n', 'aria-sort': active ? (sort.startsWith('-') ? 'descending' : 'ascending') : undefined },
      h('button', { type: 'button', class: 'sort', onClick: () => {
        setSort(sort === `-${field}` ? field : `-${field}`);
        first();
      } }, label));
  };
  return [
    h('h1', null, 'Buckets'),
    problem ? h('p', { class: 'problem' }, problem) : null,
    totals ? h('dl', { class: 'figures lead bare' },
      h(Figure, { label: 'Objects' }, count(totals.object_count)),
      h(Figure, { label: 'Logical' }, h(Bytes, { n: totals.logical_bytes })),
      h(Figure, { label: 'Stored' }, h(Bytes, { n: totals.stored_bytes })),
      h(Figure, { label: 'Under-replicated' }, count(totals.under_replicated)),
      h(Figure, { label: 'Over-replicated' }, count(totals.over_replicated))) : null,
    h('div', { class: 'filters' }, h(Search, { label: 'Name begins with', value: prefix, onInput: (text) => {
      setPrefix(text);
      first();
    } })),
    h(Panel, null,
      h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Buckets' },
        h('table', null,
          h('thead', null, h('tr', null,
            h('th', { scope: 'col', 'aria-sort': sort === 'name' ? 'ascending' : undefined }, h('button', { type: 'button', class: 'sort', onClick: () => {
              setSort('name');
              first();
            } }, 'Bucket')),
            BUCKET_COLUMNS.map(column), h('th', { scope: 'col' }, 'Last change'))),
          h('tbody', null, (page?.items ?? []).map((one) => h('tr', { key: one.bucket },
            h('th', { scope: 'row' }, h(Name, { of: one.bucket }), one.degraded ? h(Degraded) : null),
            BUCKET_COLUMNS.map(([field, , form]) => h('td', { key: field, class: `n ${field === 'under_replicated' && one[field] > 0 ? 'warn' : ''}` },
              form ? form(one[field]) : h(Bytes, { n: one[field] }))),
            h('td', null, h(Time, { at: one.last_change?.committed_at }))))))),
      page && page.items.length === 0 ? h(Empty, null, prefix ? 'No bucket has such a name.' : 'There is no bucket.') : null,
      h(Pager, { cursors, next: page?.next, onCursors: setCursors })),
  ];
}
