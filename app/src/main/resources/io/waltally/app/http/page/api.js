// Requests to the HTTP API, and its event stream.

import { parse } from './json.js';

const TOKEN = 'waltally.token';
const LONGEST_PAUSE = 8000;
// The server writes at least every ten seconds.
const LONGEST_SILENCE = 25000;
// Of notifications and of transactions: what a page shows that has just been opened.
const EARLIER = 100;

export class ApiError extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value) => sessionStorage.setItem(TOKEN, value),
  forget: () => sessionStorage.removeItem(TOKEN),
};

function headers(more) {
  const known = token.get();
  return known ? { ...more, Authorization: `Bearer ${known}` } : { ...more };
}

async function failure(response) {
  let detail = `${response.status} ${response.statusText}`;
  try {
    detail = (await response.json()).detail || detail;
  } catch {
    // What stands in between, such as a proxy, answers otherwise.
  }
  return new ApiError(response.status, detail);
}

export async function get(path) {
  const response = await fetch(path, { headers: headers(), cache: 'no-store' });
  if (!response.ok) throw await failure(response);
  return parse(await response.text());
}

export async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: headers({ 'Content-Type': 'application/json' }),
    body: body === undefined ? '' : JSON.stringify(body),
  });
  if (!response.ok) throw await failure(response);
  return parse(await response.text());
}

/** Follows the events until stopped; calls `on.state` with 'live', 'lost' and 'refused'. */
export function follow(on) {
  let stopped = false;
  let lastId = null;
  let controller = null;
  let wake = null;

  async function once() {
    controller = new AbortController();
    const more = { Accept: 'text/event-stream' };
    if (lastId) more['Last-Event-ID'] = lastId;
    const response = await fetch(`api/stream?last=${EARLIER}`, {
      headers: headers(more), signal: controller.signal, cache: 'no-store',
    });
    if (!response.ok) throw await failure(response);
    on.state('live');
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    let silence = null;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => controller.abort(), LONGEST_SILENCE);
    };
    try {
      listen();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        listen();
        rest += value;
        let end = rest.indexOf('\n\n');
        while (end >= 0) {
          take(rest.slice(0, end));
          rest = rest.slice(end + 2);
          end = rest.indexOf('\n\n');
        }
      }
    } finally {
      clearTimeout(silence);
    }
  }

  function take(block) {
    let type = '';
    let data = '';
    for (const line of block.split('\n')) {
      if (line.startsWith('id: ')) lastId = line.slice(4);
      else if (line.startsWith('event: ')) type = line.slice(7);
      else if (line.startsWith('data: ')) data = line.slice(6);
    }
    if (type) on.event(type, parse(data));
  }

  async function run() {
    let pause = 500;
    while (!stopped) {
      const began = Date.now();
      let reason = null;
      try {
        await once();
      } catch (error) {
        if (stopped) return;
        if (error.status === 401) {
          on.state('refused');
          return;
        }
        if (error instanceof ApiError) reason = error.message;
      }
      if (stopped) return;
      on.state('lost', reason);
      pause = Date.now() - began > 5000 ? 500 : Math.min(LONGEST_PAUSE, pause * 2);
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, pause);
      });
    }
  }

  run();
  return {
    stop() {
      stopped = true;
      controller?.abort();
      wake?.();
    },
    now: () => wake?.(),
  };
}
