// Figures and times as people read them.

import { formattable } from './json.js';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit',
});

const DAY_AND_YEAR = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',
});

export const count = (n) => (n === null || n === undefined ? '–' : WHOLE.format(formattable(n)));

export function bytes(n) {
  if (n === null || n === undefined) return '–';
  let unit = 0;
  let value = Math.abs(n);
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const text = unit === 0 || value >= 100 ? WHOLE.format(value) : value.toFixed(value >= 10 ? 1 : 2);
  return `${n < 0 ? '−' : ''}${text} ${unit === 0 && value === 1 ? 'byte' : UNITS[unit]}`;
}

/** A number with its noun. */
export const counted = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

export const exactBytes = (n) => `${count(n)} ${Math.abs(n) === 1 ? 'byte' : 'bytes'}`;

export function percent(share) {
  const value = share * 100;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1)} %`;
}

export function rate(n) {
  if (n === null || n === undefined) return '–';
  return n >= 10 || n === 0 ? WHOLE.format(n) : n.toFixed(1);
}

export function seconds(s) {
  if (s === null || s === undefined) return '–';
  if (s < 0.001) return '0 s';
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} days`;
}

export function utc(iso) {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? String(iso) : `${at.toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

export function time(iso) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return String(iso);
  const now = new Date();
  if (Math.abs(now - at) < 43200000) return CLOCK.format(at);
  return (at.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(at);
}

/** How many bytes of WAL lie between two LSNs; null if one is unknown. */
export function walBetween(from, to) {
  const number = (lsn) => {
    const [high, low] = lsn.split('/');
    return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
  };
  return from && to ? Math.max(0, Number(number(to) - number(from))) : null;
}
