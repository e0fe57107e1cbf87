// Documents of the server that events keep up to date.

import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from './api.js';
import { onChanges, useLive } from './state.js';

// An event may be ahead of what is read so soon after it.
const AHEAD = 2000;
const AFTER_INPUT = 120;
// After an event, for order, totals and new names: the last pause comes once no event is ahead any more. While events go
// on it is the only one, for the server goes through the whole list.
const PAUSES = [5000, 750, 250];

/**
 * The document of a path, and why it cannot be read. `changes` has a function by type of events that returns the
 * document with what an event says of it, or the same document if that is nothing.
 */
export function useDocument(path, changes) {
  const live = useLive();
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  const before = useRef(path);
  useEffect(() => {
    let wanted = true;
    let document = null;
    let reading = false;
    let reads = 0;
    let changedSince = false;
    let timer = null;
    let recent = [];
    const amend = (old, event) => changes[event.type](old, event.data);
    const show = (now) => {
      document = now;
      setFound(now);
    };
    const read = async () => {
      timer = null;
      reading = true;
      reads = Math.max(0, reads - 1);
      const ahead = performance.now() - AHEAD;
      try {
        const answer = await get(path);
        if (!wanted) return;
        show(recent.filter((event) => event.at > ahead).reduce(amend, answer));
        setProblem(null);
      } catch (error) {
        if (!wanted) return;
        setProblem(error.message);
        reads = Math.max(1, reads);
      }
      reading = false;
      if (reads === 0 && changedSince) reads = 1;
      if (reads === 0) return;
      if (reads === 1) changedSince = false;
      timer = setTimeout(read, PAUSES[reads - 1]);
    };
    const changed = (event) => {
      recent = recent.filter((one) => one.at > event.at - 2 * AHEAD).concat(event);
      if (document !== null) {
        const old = document;
        show(amend(old, event));
        if (document === old && !event.data.left_out) return;
      }
      changedSince = true;
      if (timer || reading) return;
      reads = PAUSES.length;
      timer = setTimeout(read, PAUSES[reads - 1]);
    };
    const stops = Object.keys(changes).map((type) =>
      onChanges(type, (data) => changed({ type, data, at: performance.now() })));
    timer = setTimeout(read, before.current === path ? 0 : AFTER_INPUT);
    before.current = path;
    return () => {
      wanted = false;
      clearTimeout(timer);
      stops.forEach((stop) => stop());
    };
  }, [path, live.connection === 'live']);
  return [found, problem];
}

/** Puts changed items into the list that has them, and takes those that are gone out of it. */
export function amendItems(list, changed, gone, id) {
  const items = new Map(changed.map((item) => [id(item), item]));
  return { ...list, items: list.items.filter((item) => !gone.has(id(item))).map((item) => items.get(id(item)) ?? item) };
}

/** The last value that there was: only the first page of a list has totals. */
export function useLast(value) {
  const last = useRef(null);
  last.current = value ?? last.current;
  return last.current;
}
