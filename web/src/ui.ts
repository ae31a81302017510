// What the person set on this page, and the clock: all that is shown and does not come from the server.
import { computed, signal } from '@preact/signals';
import { needs as findNeeds, collisions as findCollisions } from './derive/needs.ts';
import { state } from './live.ts';
import { isPast, lastShown } from './past.ts';

export const now = signal(Date.now());
export const tickMs = 10_000;
/** What ages are told at: now, or the moment that is looked at. */
export const moment = computed(() =>
  isPast.value && lastShown.value ? Date.parse(lastShown.value.timestamp) : now.value,
);

const streams = computed(() => state.value.streams);
const agents = computed(() => state.value.agents);
const conflicts = computed(() => state.value.conflicts);

/** Who is there, by name. */
export const agentStates = computed(() => new Map(agents.value.map(({ name, state: each }) => [name, each])));
/** Streams that changed a moment ago. */
export const fresh = computed(() => state.value.fresh);

/** What waits for a person, always of the present. */
export const needs = computed(() => findNeeds(streams.value, agents.value, conflicts.value, now.value));
/** Predicted conflicts of each stream. */
export const collisions = computed(() => findCollisions(conflicts.value));
