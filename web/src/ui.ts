// What the person set on this page, and the clock: all that is shown and does not come from the server.
import { computed, signal } from '@preact/signals';
import { byNeed, countByStatus, matches, type Filter } from './derive.ts';
import { state } from './live.ts';

export const filter = signal<Filter>('all');
export const search = signal('');
/** On a phone one of the two is shown at a time. */
export const pane = signal<'streams' | 'commits'>('streams');

export const now = signal(Date.now());
export const tickMs = 10_000;

const streams = computed(() => state.value.streams);
const sorted = computed(() => [...streams.value.values()].sort(byNeed));
export const counts = computed(() => countByStatus(streams.value.values()));
export const rows = computed(() => {
  const status = filter.value;
  const words = search.value;
  return sorted.value.filter((stream) => (status === 'all' || stream.status === status) && matches(stream, words));
});
export const anyClaim = computed(() => sorted.value.some((stream) => stream.claim));

export function showAll(): void {
  filter.value = 'all';
  search.value = '';
}
