// The list of users, and what one of them stores.

import { h } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { count, percent } from './format.js';
import { amendItems, useDocument, useLast } from './lists.js';
import { Bytes, Empty, Figure, Name, Pager, Panel, Time } from './parts.js';
import { isHigh } from './state.js';
import { Degraded, LastChange, Search } from './storage.js';

const PAGE = 100;
const BY_ID = 'id';
const BY_STORAGE = '-total_bytes';

const LIST_CHANGES = {
  users: (list, { items, gone }) => amendItems(list, items, new Set(gone.map(String)), (item) => String(item.user_id)),
};

export function Users({ selected }) {
  const [prefix, setPrefix] = useState('');
  const [sort, setSort] = useState(BY_ID);
  const [cursors, setCursors] = useState([null]);
  const query = new URLSearchParams({ limit: PAGE, sort });
  const cursor = cursors[cursors.length - 1];
  if (prefix) query.set('prefix', prefix);
  if (cursor) query.set('cursor', cursor);
  const [page, problem] = useDocument(`api/users?${query}`, LIST_CHANGES);
  const totals = useLast(page?.totals);
  const first = () => setCursors([null]);
  const order = (by, label) => h('button', { type: 'button', class: 'sort', onClick: () => {
    setSort(by);
    first();
  } }, label);
  return [
    h('h1', null, 'Users'),
    problem ? h('p', { class: 'problem', role: 'alert' }, problem) : null,
    totals ? h('dl', { class: 'figures lead bare' },
      h(Figure, { label: 'Users' }, count(totals.users)),
      h(Figure, { label: 'Payload' }, h(Bytes, { n: totals.total_bytes }))) : null,
    h('form', { class: 'filters', onSubmit: (event) => {
      event.preventDefault();
      if (prefix) location.hash = `#/users/${encodeURIComponent(prefix)}`;
    } },
    h(Search, { label: 'Id begins with', value: prefix, onInput: (text) => {
      setPrefix(text.trim());
      first();
    } }),
    h('p', { class: 'note' }, 'Press Enter to show the user with this id.')),
    selected !== null ? h(User, { id: selected, key: selected }) : null,
    h(Panel, null,
      h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Users' },
        h('table', null,
          h('thead', null, h('tr', null,
            h('th', { scope: 'col', 'aria-sort': sort === BY_ID ? 'ascending' : undefined }, order(BY_ID, 'User')),
            h('th', { scope: 'col', class: 'n', 'aria-sort': sort === BY_STORAGE ? 'descending' : undefined }, order(BY_STORAGE, 'Payload')),
            h('th', { scope: 'col', class: 'n' }, 'Quota used'), h('th', { scope: 'col', class: 'n' }, 'Records'),
            h('th', { scope: 'col', class: 'n' }, 'Collections'), h('th', { scope: 'col' }, 'Last change'))),
          h('tbody', null, (page?.items ?? []).map((one) => h('tr', { key: String(one.user_id), class: String(one.user_id) === selected ? 'selected' : '' },
            h('th', { scope: 'row' }, h('a', { href: `#/users/${one.user_id}` }, h('span', { class: 'mono' }, String(one.user_id))), one.degraded ? h(Degraded) : null),
            h('td', { class: 'n' }, h(Bytes, { n: one.total_bytes })),
            h('td', { class: `n ${one.quota_bytes && isHigh(one.total_bytes / one.quota_bytes) ? 'warn' : ''}` },
              one.quota_bytes ? percent(one.total_bytes / one.quota_bytes) : '–'),
            h('td', { class: 'n' }, count(one.count)),
            h('td', { class: 'n' }, count(one.collections)),
            h('td', null, h(Time, { at: one.last_change?.committed_at }))))))),
      page && page.items.length === 0 ? h(Empty, null, prefix ? 'No user with such an id has a collection.' : 'No user has a collection.') : null,
      !page && !problem ? h(Empty, null, 'Reading …') : null,
      h(Pager, { cursors, next: page?.next, onCursors: setCursors })),
  ];
}

/** What events say of one user. */
const changesOf = (id) => {
  const own = (one) => String(one.user_id) === id;
  return {
    users(found, { items, gone }) {
      const totals = items.find(own);
      if (totals) return { ...found, totals };
      return gone.map(String).includes(id) ? { ...found, totals: null } : found;
    },
    'user-collections': (found, { items, gone }) => {
      const changed = items.filter(own);
      const lost = gone.filter(own).map((one) => one.collection_id);
      return changed.length || lost.length ? amendItems(found, changed, new Set(lost), (item) => item.collection_id) : found;
    },
  };
};

function User({ id }) {
  const [cursors, setCursors] = useState([null]);
  const heading = useRef(null);
  const cursor = cursors[cursors.length - 1];
  useEffect(() => {
    heading.current?.focus();
  }, [id]);
  const changes = useMemo(() => changesOf(id), [id]);
  const [found, problem] = useDocument(
    `api/users/${encodeURIComponent(id)}/collections?limit=${PAGE}${cursor ? `&cursor=${cursor}` : ''}`, changes);
  const totals = found?.totals;
  return h(Panel, {
    class: 'detail', title: h('span', { tabIndex: -1, ref: heading }, 'User ', h('span', { class: 'mono' }, id)),
    actions: h('a', { class: 'button small', href: '#/users' }, 'Close'),
  },
  problem ? h('p', { class: 'problem', role: 'alert' }, problem) : null,
  found && !totals ? h(Empty, null, `User ${id} has no collection.`) : null,
  totals ? h('dl', { class: 'figures lead' },
    h(Figure, { label: 'Records' }, count(totals.count)),
    h(Figure, { label: 'Payload' }, h(Bytes, { n: totals.total_bytes })),
    h(Figure, { label: 'Quota', note: totals.quota_bytes ? `${percent(totals.total_bytes / totals.quota_bytes)} used` : null },
      totals.quota_bytes ? h(Bytes, { n: totals.quota_bytes }) : 'none'),
    h(Figure, { label: 'Collections' }, count(totals.collections))) : null,
  totals ? h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `Collections of user ${id}` },
    h('table', null,
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Collection'), h('th', { scope: 'col', class: 'n' }, 'Id'),
        h('th', { scope: 'col', class: 'n' }, 'Records'), h('th', { scope: 'col', class: 'n' }, 'Payload'),
        h('th', { scope: 'col' }, 'Modified'), h('th', { scope: 'col' }, 'Last change'))),
      h('tbody', null, found.items.map((one) => h('tr', { key: one.collection_id },
        h('th', { scope: 'row' }, one.collection === null ? h('span', { class: 'quiet' }, 'not named') : h(Name, { of: one.collection }), one.degraded ? h(Degraded) : null),
        h('td', { class: 'n' }, one.collection_id), h('td', { class: 'n' }, count(one.count)),
        h('td', { class: 'n' }, h(Bytes, { n: one.total_bytes })),
        h('td', null, h(Time, { at: one.modified })),
        h('td', null, h(LastChange, { of: one.last_change }))))))) : null,
  h(Pager, { cursors, next: found?.next, onCursors: setCursors }),
  totals ? h('p', { class: 'hint' }, 'Last change: ', h(LastChange, { of: totals.last_change })) : null);
}
