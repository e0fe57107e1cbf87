// Parts that several views use. Texts from outside are always text nodes.

import { h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { bytes, count, exactBytes, percent, time, utc } from './format.js';
import { stringify } from './json.js';
import { isHigh } from './state.js';

export const Bytes = ({ n }) =>
  n === null || n === undefined ? '–' : h('data', { value: n, title: exactBytes(n) }, bytes(n));

export const Time = ({ at }) => (at ? h('time', { dateTime: at, title: utc(at) }, time(at)) : '–');

export const Lsn = ({ lsn }) => h('span', { class: 'mono' }, lsn ?? '–');

/** A name from outside; an empty one differs from a missing one. */
export const Name = ({ of }) =>
  of === '' ? h('span', { class: 'quiet' }, '(empty name)') : h('bdi', null, of);

const GOOD = ['running', 'streaming', 'ready', 'repaired', 'delivered'];
const BAD = ['failed', 'stopped', 'unreachable', 'disabled', 'unreadable', 'not ready'];

export function State({ of, children }) {
  const kind = GOOD.includes(of) ? 'good' : BAD.includes(of) ? 'bad' : 'soso';
  return h('span', { class: `state ${kind}` }, children ?? of);
}

/** A label over a figure. */
export const Figure = ({ label, children, note }) =>
  h('div', { class: 'figure' },
    h('dt', null, label),
    h('dd', null, children, note ? h('small', null, note) : null));

export const Panel = ({ title, note, actions, children, class: name }) =>
  h('section', { class: `panel ${name ?? ''}` },
    title
      ? h('header', null, h('h2', null, title), note ? h('p', { class: 'note' }, note) : null,
        actions ? h('div', { class: 'actions' }, actions) : null)
      : null,
    children);

/** Goes through the pages of a list; cursors has that of the page that is shown, and of all before. */
export function Pager({ cursors, next, onCursors }) {
  return cursors.length > 1 || next ? h('div', { class: 'pager' },
    h('button', { type: 'button', disabled: cursors.length === 1, onClick: () => onCursors(cursors.slice(0, -1)) }, 'Previous'),
    h('span', null, `Page ${cursors.length}`),
    h('button', { type: 'button', disabled: !next, onClick: () => onCursors([...cursors, next]) }, 'Next')) : null;
}

export const Empty = ({ children }) => h('p', { class: 'empty' }, children);

/** What share of a limit is used, orphaned and in flight. */
export function StorageBar({ backend }) {
  const { bytes_used: used, orphan_bytes: orphan, inflight_bytes: flying, bytes_limit: limit } = backend;
  const whole = limit > 0 ? Math.max(limit, used + orphan + flying) : Math.max(1, used + orphan + flying);
  const width = (n) => ({ width: `${Math.max(0, (n / whole) * 100)}%` });
  const level = limit > 0 && isHigh(backend.utilization) ? (backend.utilization >= 0.95 ? 'full' : 'high') : '';
  const said = limit > 0 ? `${percent(backend.utilization)} of ${bytes(limit)}` : 'no limit';
  return h('div', {
    class: `bar ${level} ${limit > 0 ? '' : 'unlimited'}`,
    role: 'img',
    'aria-label': `${bytes(used)} used, ${bytes(orphan)} orphaned, ${bytes(flying)} in flight, ${said}`,
  },
  h('i', { class: 'used', style: width(used) }),
  h('i', { class: 'orphan', style: width(orphan) }),
  h('i', { class: 'flying', style: width(flying) }));
}

/** Asks before something is changed. */
export function Dialog({ title, children, confirm, danger, onConfirm, onClose }) {
  const ref = useRef(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    ref.current.showModal();
  }, []);
  async function go(event) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await onConfirm(new FormData(event.target));
      // Gives the focus back.
      ref.current?.close();
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }
  // While a request runs its failure still has to be seen.
  const cancel = (event) => busy && event.preventDefault();
  return h('dialog', { ref, onClose, onCancel: cancel, 'aria-labelledby': 'dialog-title' },
    h('form', { onSubmit: go },
      h('h2', { id: 'dialog-title' }, title),
      children,
      problem ? h('p', { class: 'problem', role: 'alert' }, problem) : null,
      h('div', { class: 'buttons' },
        h('button', { type: 'button', disabled: busy, onClick: () => ref.current.close() }, 'Cancel'),
        h('button', { type: 'submit', class: danger ? 'danger' : 'main', disabled: busy }, confirm))));
}

/** A button that opens a dialog; absent unless the right to operate is known. */
export function Action({ live, label, hint, ...dialog }) {
  const [open, setOpen] = useState(false);
  if (!live.instance?.operate) return null;
  return [
    h('button', { type: 'button', class: 'small', 'aria-label': hint, onClick: () => setOpen(true) }, label),
    open ? h(Dialog, { ...dialog, onClose: () => setOpen(false) }) : null,
  ];
}

// Steps of an axis of bytes.
const POWERS = Array.from({ length: 62 }, (_, n) => 2 ** n);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A line chart over time. `data` as uPlot has it: times in seconds, then a list for each series. */
export function Chart({ data, series, height = 120, value, label, fill, binary }) {
  const ref = useRef(null);
  const chart = useRef(null);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = ref.current;
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const make = () => {
      chart.current?.destroy();
      const axis = {
        stroke: colour('--quiet'), font: '11px system-ui, sans-serif',
        grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false },
      };
      chart.current = new uPlot({
        width: Math.max(120, element.clientWidth),
        height,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 4, 0, 0],
        scales: { y: { range: (u, low, high) => [0, Math.max(1, high * 1.15)] } },
        axes: [
          {
            ...axis, size: 22, gap: 4, space: 70, grid: { show: false },
            incrs: [60, 120, 300, 600, 1800, 3600, 7200, 14400, 21600],
            values: (u, at) => at.map((t) => new Date(t * 1000)
              .toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })),
          },
          { ...axis, size: 58, gap: 6, space: 32, ...(binary ? { incrs: POWERS } : {}), values: (u, all) => all.map(value) },
        ],
        series: [{}, ...series.map((one) => ({
          stroke: colour(one.colour), width: 1.5, points: { show: false }, spanGaps: true,
          fill: fill ? `${colour(one.colour)}22` : undefined,
        }))],
      }, latest.current, element);
    };
    make();
    const resized = new ResizeObserver(() =>
      chart.current.setSize({ width: Math.max(120, element.clientWidth), height }));
    resized.observe(element);
    scheme.addEventListener('change', make);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', make);
      chart.current.destroy();
      chart.current = null;
    };
  }, [series.length]);
  useEffect(() => {
    chart.current?.setData(data);
  }, [data]);
  return h('div', { class: 'chart', role: 'img', 'aria-label': label, ref });
}

export const Legend = ({ series }) =>
  h('ul', { class: 'legend' }, series.map((one) =>
    h('li', { key: one.label }, h('i', { class: one.mark }), one.label)));

/** A JSON document, as text. */
export const Json = ({ of }) =>
  h('pre', { tabIndex: 0, 'aria-label': 'content' }, stringify(of, 2));
