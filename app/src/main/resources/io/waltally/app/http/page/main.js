// The frame of the page: its views, and the way between them.

import { h, render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, token } from './api.js';
import { Notifications, Transactions } from './flow.js';
import { count, utc } from './format.js';
import { Overview } from './overview.js';
import { connect, say, state, useLive } from './state.js';
import { Backends, Buckets } from './storage.js';
import { Users } from './users.js';
import { DeadLetters, Sinks, Webhooks } from './work.js';

const VIEWS = [
  ['', 'Overview', Overview],
  ['backends', 'Backends', Backends],
  ['buckets', 'Buckets', Buckets],
  ['users', 'Users', Users],
  ['transactions', 'Transactions', Transactions],
  ['notifications', 'Notifications', Notifications],
  ['webhooks', 'Webhooks', Webhooks],
  ['sinks', 'Sinks', Sinks],
  ['dead-letters', 'Dead letters', DeadLetters],
];

function place() {
  const [, name = '', selected] = location.hash.replace(/^#/, '').split('/');
  let text = null;
  try {
    text = selected === undefined ? null : decodeURIComponent(selected);
  } catch {
    // An address that was truncated.
  }
  return { view: VIEWS.find(([key]) => key === name) ?? VIEWS[0], selected: text };
}

const CONNECTIONS = {
  connecting: ['soso', 'Connecting'],
  live: ['good', 'Live'],
  lost: ['bad', 'Connection lost'],
  refused: ['bad', 'Not admitted'],
};

function open(counts) {
  return counts ? Object.values(counts).reduce((sum, n) => sum + n, 0) : 0;
}

function Header({ live, view }) {
  const [kind, label] = CONNECTIONS[live.connection];
  const letters = open(live.deadLetters);
  const nav = useRef(null);
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [view]);
  return h('header', { class: 'top' },
    h('a', { class: 'brand', href: '#/' }, h('img', { src: 'page/icon.svg', alt: '', width: 22, height: 22 }), 'waltally'),
    h('nav', { 'aria-label': 'Views', ref: nav }, VIEWS.map(([key, name]) =>
      h('a', { key, href: `#/${key}`, 'aria-current': view[0] === key ? 'page' : undefined },
        name, key === 'dead-letters' && letters ? h('span', { class: 'badge bad' }, count(letters)) : null))),
    h('p', { class: 'connection', role: 'status' },
      h('span', { class: `state ${kind}` }, label),
      live.instance ? h('small', { title: `Started ${utc(live.instance.started_at)}` }, location.host, h('br'), `version ${live.instance.version}`,
        live.instance.operate ? '' : ', read only') : null));
}

function TokenForm() {
  const [problem, setProblem] = useState(null);
  async function enter(event) {
    event.preventDefault();
    token.set(new FormData(event.target).get('token').trim());
    try {
      await get('api/instance');
      connect();
    } catch (error) {
      token.forget();
      setProblem(error.message);
    }
  }
  return h('main', { class: 'token', id: 'main' },
    h('form', { onSubmit: enter },
      h('h1', null, 'This instance asks for a token'),
      h('p', null, 'One of http.read-tokens shows everything; one of http.operate-tokens may also change something. It is kept until this tab is closed.'),
      h('label', null, 'Token', h('input', { type: 'password', name: 'token', required: true, autocomplete: 'off', autofocus: true })),
      problem ? h('p', { class: 'problem', role: 'alert' }, problem) : null,
      h('div', { class: 'buttons' }, h('button', { type: 'submit', class: 'main' }, 'Continue'))));
}

function Page() {
  const live = useLive();
  const [now, setNow] = useState(place);
  useEffect(() => {
    const moved = () => {
      setNow(place());
      scrollTo(0, 0);
    };
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  const [, name, View] = now.view;
  useEffect(() => {
    document.title = name === 'Overview' ? 'waltally' : `${name} – waltally`;
  }, [name]);
  if (live.connection === 'refused') return h(TokenForm);
  return [
    h('a', { class: 'skip', href: '#main', onClick: (event) => {
      event.preventDefault();
      document.getElementById('main').focus();
    } }, 'Skip to the content'),
    h(Header, { live, view: now.view }),
    h('main', { id: 'main', tabIndex: -1, class: live.connection === 'lost' ? 'stale' : '' },
      live.connection === 'lost' ? h('p', { class: 'problem lost' }, `${live.lostBecause ? `The instance refuses the events: ${live.lostBecause}.` : 'The instance does not answer.'} What is shown is how it was; the page tries again by itself.`) : null,
      h(View, { key: name, selected: now.selected })),
    h('div', { class: 'messages', role: 'status' }, live.message ? h('p', { class: live.message.bad ? 'bad' : '' }, live.message.text) : null),
  ];
}

addEventListener('unhandledrejection', (event) => say(String(event.reason?.message ?? event.reason), true));
// For tests and debugging.
globalThis.waltally = state;
const root = document.getElementById('page');
root.replaceChildren();
render(h(Page), root);
connect();
