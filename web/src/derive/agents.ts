// One row an agent: what it holds, since when it is silent, what it last said, when it was heard from. Pure.
import { priorities, type AgentState, type Change, type PresentAgent, type Question, type Stream } from '../model.ts';
import type { Streams } from '../stream_change.ts';
import { hour, minute } from './format.ts';
import type { History } from './history.ts';
import { isLapsed, isOpen } from './needs.ts';
import type { Window } from './scrub.ts';
import { byNeed } from './streams.ts';

export interface AgentRow {
  readonly name: string;
  /** Null: presence is known of now only, and the past is looked at. */
  readonly state: AgentState | null;
  readonly client: string | null;
  /** When it last called, or did something that the log knows; milliseconds since the epoch. */
  readonly seen: number | null;
  /** Those it holds, and the one that its last call was about. */
  readonly streams: readonly Stream[];
  /** Streams on which it waits for a person's answer. */
  readonly asks: readonly Stream[];
  /** Of those it holds the ones whose lease is over. */
  readonly lapsed: readonly Stream[];
  readonly said: LastSaid | null;
  /** Commits of 24 hours. */
  readonly commits: number;
}

export interface LastSaid {
  readonly text: string;
  readonly at: string;
  readonly streamId: string;
  readonly revision: number;
}

export interface Scene {
  readonly streams: Streams;
  /** Null: the past is looked at. */
  readonly agents: readonly PresentAgent[] | null;
  readonly history: History;
  readonly events: readonly Change[];
  readonly now: number;
}

/** Those that need a person first, then by presence, then the one that was seen last. */
export function agentRows({ streams, agents, history, events, now }: Scene): AgentRow[] {
  const present = newestOfEach(agents ?? []);
  const held = new Map<string, Stream[]>();
  const asks = new Map<string, Stream[]>();
  for (const stream of streams.values()) {
    const { claim, question } = stream;
    if (claim) add(held, claim.agent, stream);
    const asker = question && (question.asker ?? claim?.agent);
    if (asker && isOpen(stream)) add(asks, asker, stream);
  }
  const names = new Set([...present.keys(), ...held.keys()]);
  // Of the past the log alone tells who was there.
  if (!agents) for (const [name, times] of history.agents) if (times[0]! <= now) names.add(name);
  const said = lastSayings(events, names);
  const commits = commitsByAgent(history, { from: now - 24 * hour, to: now });
  const rows = [...names].map((name): AgentRow => {
    const agent = present.get(name) ?? null;
    const mine = (held.get(name) ?? []).sort(byNeed);
    const about = agent?.streamId && agent.state !== 'gone' ? streams.get(agent.streamId) : undefined;
    return {
      name,
      state: agents ? (agent?.state ?? 'gone') : null,
      client: agent?.client ?? null,
      seen: lastSeen(agent, history.agents.get(name), now),
      streams: about && isOpen(about) && !mine.includes(about) ? [...mine, about] : mine,
      asks: asks.get(name) ?? [],
      lapsed: agents ? mine.filter((stream) => isLapsed(stream, now)) : [],
      said: said.get(name) ?? null,
      commits: commits.get(name)?.length ?? 0,
    };
  });
  return rows.sort((a, b) => rank(a) - rank(b) || (b.seen ?? 0) - (a.seen ?? 0) || (a.name < b.name ? -1 : 1));
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

const byState = { live: 0, quiet: 1, gone: 2 };

/** Of an agent's processes the one that is there, or was there last. */
function newestOfEach(agents: readonly PresentAgent[]): Map<string, PresentAgent> {
  const found = new Map<string, PresentAgent>();
  for (const agent of agents) {
    const other = found.get(agent.name);
    const order = other ? byState[agent.state] - byState[other.state] : -1;
    if (order < 0 || (order === 0 && agent.lastCall > other!.lastCall)) found.set(agent.name, agent);
  }
  return found;
}

function lastSeen(agent: PresentAgent | null, times: readonly number[] | undefined, until: number): number | null {
  const logged = times?.findLast((at) => at <= until) ?? null;
  const called = agent ? Date.parse(agent.lastCall) : null;
  return logged === null ? called : Math.max(logged, called ?? logged);
}

/** It waits for an answer, or left behind what only a release makes free at once. */
export function needsPerson({ asks, lapsed, state, streams }: AgentRow): boolean {
  return asks.length > 0 || lapsed.length > 0 || (state === 'gone' && streams.length > 0);
}

function rank(row: AgentRow): number {
  if (row.state === null) return 0;
  if (!needsPerson(row)) return 2 + byState[row.state];
  return row.lapsed.length > 0 || row.state === 'gone' ? 0 : 1;
}

/** The newest note or question of each. */
function lastSayings(events: readonly Change[], names: ReadonlySet<string>): Map<string, LastSaid> {
  const found = new Map<string, LastSaid>();
  for (let index = events.length - 1; index >= 0 && found.size < names.size; index--) {
    const { agent, type, newValue, timestamp: at, streamId, revision } = events[index]!;
    if ((type !== 'note' && type !== 'question_asked') || !agent || !names.has(agent) || found.has(agent)) continue;
    const text = type === 'note' ? String(newValue) : (newValue as Question).text;
    found.set(agent, { text, at, streamId, revision });
  }
  return found;
}

// ── An agent over time ──

export interface Strip {
  readonly commits: readonly number[];
  /** While it was heard from. */
  readonly heard: readonly Window[];
  /** Since when it is gone. */
  readonly gone: number | null;
}

/** Longer than this without a sign is silence: the log tells of writes only, and work goes on between them. */
export const silenceMs = 30 * minute;
const longestStripMs = 40 * hour;
const shortestStripMs = hour;

/** From the first sign of anybody on, or the last 40 hours. */
export function stripWindow(history: History, now: number): Window {
  let first = now;
  for (const times of history.agents.values()) first = Math.min(first, times[0] ?? now);
  return { from: Math.min(Math.max(first, now - longestStripMs), now - shortestStripMs), to: now };
}

/** When each agent committed within a window. */
export function commitsByAgent(history: History, { from, to }: Window): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { at, agent } of history.commits) if (at >= from && at <= to) add(found, agent, at);
  return found;
}

export function stripOf(
  { seen, state }: AgentRow,
  times: readonly number[],
  commits: readonly number[],
  { from, to }: Window,
): Strip {
  const signs = [...times, ...commits, ...(seen === null ? [] : [seen])].filter((at) => at >= from && at <= to);
  signs.sort((a, b) => a - b);
  const heard: { from: number; to: number }[] = [];
  for (const at of signs) {
    const last = heard.at(-1);
    if (last && at - last.to <= silenceMs) last.to = at;
    else heard.push({ from: at, to: at });
  }
  // Who is live is there, also between two calls.
  const end = heard.at(-1);
  if (state === 'live' && end && to - end.to <= silenceMs) end.to = to;
  return { commits, heard, gone: state === 'gone' ? Math.max(seen ?? from, from) : null };
}

// ── What can be claimed ──

/** What `claim_stream` would take, the best first: what is ready, then what its holder has abandoned. */
export function openToClaim(streams: Streams, now: number): Stream[] {
  const isOver = (id: string) => {
    const blocker = streams.get(id);
    return !blocker || !isOpen(blocker);
  };
  const found = [...streams.values()].filter((stream) => {
    const { status, claim, blockers } = stream;
    const isReady = claim
      ? isOpen(stream) && status !== 'blocked' && isLapsed(stream, now)
      : status === 'initializing' || status === 'paused';
    return isReady && blockers.every(isOver);
  });
  const held = ({ claim }: Stream) => Number(claim !== null);
  const urgency = ({ priority }: Stream) => priorities.indexOf(priority);
  return found.sort((a, b) => held(a) - held(b) || urgency(a) - urgency(b) || byNeed(a, b));
}
