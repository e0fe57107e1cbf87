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
    data.items.forEach((item) => state.backends.set(item.backend_name, item));
    data.gone.forEach((name) => state.backends.delete(name));
  },
  buckets: notify('buckets'),
  users: notify('users'),
  'user-collections': notify('user-collections'),
  notifications(data) {
    const at = Date.now();
    for (const event of data.items) state.notifications.unshift({ n: ++number, at, event });
    trim(state.notifications, MOST_NOTIFICATIONS);
    state.notificationsSeen += data.items.length;
    state.notificationsLeftOut += data.left_out;
  },
  transactions(data) {
    for (const item of data.items) state.transactions.unshift({ n: ++number, ...item });
    trim(state.transactions, MOST_TRANSACTIONS);
    state.rowsLeftOut += data.rows_left_out;
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
  missed() {
    Object.keys(changeListeners).forEach((type) => notify(type)({ items: [], gone: [], left_out: 1 }));
    readAll();
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
  let cursor = null;
  do {
    const page = await get(`api/backends?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    page.items.forEach((item) => all.set(item.backend_name, item));
    cursor = page.next;
  } while (cursor);
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
  Object.assign(state, { notifications: [], notificationsSeen: 0, notificationsLeftOut: 0, transactions: [], rowsLeftOut: 0 });
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
