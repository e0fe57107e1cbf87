// What the page knows, kept up to date by events. Components are drawn again once a frame at most.

import { useEffect, useState } from 'preact/hooks';
import { follow, get } from './api.js';

// As the history has them: a rate is of five seconds.
const SAMPLES_PER_RATE = 5;
const MOST_RATES = 15 * 60 / 5;
const MOST_NOTIFICATIONS = 1000;
const MOST_TRANSACTIONS = 300;
const HIDDEN_FOR = 60000;

export const state = {
  connection: 'connecting',
  instance: null,
  status: null,
  rates: [],
  backends: new Map(),
  backendsRead: false,
  storageProblem: null,
  notifications: [],
  notificationsLeftOut: 0,
  notificationsSeen: 0,
  transactions: [],
  rowsLeftOut: 0,
  // Whether some may be missing in both lists.
  gap: false,
  webhooks: null,
  sinks: null,
  deadLetters: null,
  message: null,
};

const listeners = new Set();
const changeListeners = { buckets: new Set(), users: new Set(), 'user-collections': new Set() };
let version = 0;
let scheduled = false;
let stream = null;
let number = 0;
let recent = [];
let connected = false;
// While backends are read: the events that come meanwhile.
const meanwhile = new Set();
let messageTimer = null;

export function changed() {
  version++;
  if (!scheduled) {
    scheduled = true;
    // A page in the background gets no frames, and still has to notice what happens.
    (document.hidden ? (draw) => setTimeout(draw, 500) : requestAnimationFrame)(() => {
      scheduled = false;
      listeners.forEach((listener) => listener(version));
    });
  }
}

/** Draws the component again after each change. */
export function useLive() {
  const [, set] = useState(0);
  useEffect(() => {
    listeners.add(set);
    return () => listeners.delete(set);
  }, []);
  return state;
}

/** Whether a share of a limit is one that the instance warns of. */
export const isHigh = (share) => share >= (state.instance?.capacity_threshold ?? Infinity);

/** Calls back with each event of changed buckets, users or collections; of missed ones, with one that leaves all out. */
export function onChanges(type, listener) {
  changeListeners[type].add(listener);
  return () => changeListeners[type].delete(listener);
}

const notify = (type) => (data) => changeListeners[type].forEach((listener) => listener(data));

export function say(text, bad = false) {
  state.message = { text, bad };
  clearTimeout(messageTimer);
  messageTimer = setTimeout(() => {
    state.message = null;
    changed();
  }, bad ? 12000 : 5000);
  changed();
}

function trim(list, most) {
  if (list.length > most) list.length = most;
}

const notificationId = ({ event }) => (event.id === undefined ? null : `${event.source} ${event.id}`);

const transactionId = (of) => of.id ?? null;

/** Puts items before a list, except those that it has: an instance that begins to watch reports the last ones, too. */
function prepend(list, items, id, most) {
  const known = new Set(list.map(id));
  const isNew = (key) => key === null || (!known.has(key) && known.add(key));
  const added = items.filter((item) => isNew(id(item)));
  for (const item of added) list.unshift({ n: ++number, ...item });
  trim(list, most);
  return added.length;
}

/** The outbox may have what others wrote. */
const isEvent = (event) => typeof event?.type === 'string' && typeof event.time === 'string';

function amendBackends(all, data) {
  data.items.forEach((item) => all.set(item.backend_name, item));
  data.gone.forEach((name) => all.delete(name));
}

const EVENTS = {
  status(data) {
    state.status = data;
  },
  rates(data) {
    state.lastRates = data;
    recent.push(sample(data));
    if (recent.length < SAMPLES_PER_RATE) return;
    const mean = (source) => recent[0][source] === null ? null : recent.reduce((sum, one) => sum + (one[source] ?? 0), 0) / recent.length;
    state.rates.push({ t: recent[recent.length - 1].t, s3: mean('s3'), sync: mean('sync') });
    recent = [];
    if (state.rates.length > MOST_RATES) state.rates.splice(0, state.rates.length - MOST_RATES);
  },
  backends(data) {
    amendBackends(state.backends, data);
    meanwhile.forEach((events) => events.push(data));
  },
  buckets: notify('buckets'),
  users: notify('users'),
  'user-collections': notify('user-collections'),
  notifications(data) {
    const at = Date.now();
    const items = data.items.filter(isEvent).map((event) => ({ at, event }));
    const added = prepend(state.notifications, items, notificationId, MOST_NOTIFICATIONS);
    state.notificationsSeen += added;
    if (added || !items.length) state.notificationsLeftOut += data.left_out;
  },
  transactions(data) {
    const added = prepend(state.transactions, data.items, transactionId, MOST_TRANSACTIONS);
    if (added || !data.items.length) state.rowsLeftOut += data.rows_left_out;
  },
  webhooks(data) {
    state.webhooks = data.items;
  },
  sinks(data) {
    state.sinks = data.items;
  },
  'dead-letters': (data) => {
    state.deadLetters = data;
  },
  missed({ types }) {
    if (!types) state.gap = true;
    Object.keys(changeListeners).filter((type) => !types || types.includes(type))
      .forEach((type) => notify(type)({ items: [], gone: [], left_out: 1 }));
    if (!types || types.includes('backends')) readAll();
  },
};

function sample(rates) {
  const of = (source) => rates.sources[source]?.rows_per_second ?? null;
  return { t: Date.parse(rates.at) / 1000, s3: of('s3'), sync: of('sync') };
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error.status === 401) {
      refused();
    } else {
      return error;
    }
  }
  return null;
}

async function readBackends() {
  const all = new Map();
  const events = [];
  let cursor = null;
  meanwhile.add(events);
  try {
    do {
      const page = await get(`api/backends?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      page.items.forEach((item) => all.set(item.backend_name, item));
      cursor = page.next;
    } while (cursor);
  } finally {
    meanwhile.delete(events);
  }
  // What an event says may be older than the page; then another event follows.
  events.forEach((data) => amendBackends(all, data));
  state.backends = all;
  state.backendsRead = true;
}

async function readAll() {
  await attempt(async () => {
    state.instance = await get('api/instance');
  });
  const [problem] = await Promise.all([
    attempt(readBackends),
    attempt(async () => {
      const history = await get('api/history/rates');
      const old = history.items.map(sample);
      const last = old.length ? old[old.length - 1].t : 0;
      state.rates = old.concat(state.rates.filter((one) => one.t > last));
    }),
  ]);
  state.storageProblem = problem?.message ?? null;
  // An instance that starts has no tallies yet.
  if (problem && state.connection === 'live') setTimeout(readAll, 2000);
  changed();
}

function refused() {
  state.connection = 'refused';
  stream?.stop();
  stream = null;
  changed();
}

export function connect() {
  stream?.stop();
  // What the new stream begins with is among them.
  Object.assign(state, {
    notifications: [], notificationsSeen: 0, notificationsLeftOut: 0, transactions: [], rowsLeftOut: 0, gap: connected,
  });
  state.connection = 'connecting';
  stream = follow({
    event(type, data) {
      EVENTS[type]?.(data);
      changed();
    },
    state(now, reason = null) {
      if (now === 'refused') {
        refused();
        return;
      }
      const before = state.connection;
      state.connection = now;
      state.lostBecause = reason;
      connected = connected || now === 'live';
      if (now === 'live' && before !== 'live') readAll();
      changed();
    },
  });
  changed();
}

let hiding = null;
document.addEventListener('visibilitychange', () => {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(() => {
      stream?.stop();
      stream = null;
    }, HIDDEN_FOR);
  } else if (stream === null && state.connection !== 'refused') {
    connect();
  } else {
    stream?.now();
  }
});
