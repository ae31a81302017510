// Who waits for whom: the streams that are linked by blockers, the longest chain of work still to do, and those without
// any link. Pure, and linear in streams and links.
import type { Stream } from '../model.ts';
import type { Streams } from '../stream_change.ts';
import { isLapsed, isOpen } from './needs.ts';
import { donePhases } from './streams.ts';

/** More than this nobody reads, and laying them out would be felt. */
export const mostNodes = 240;

/** From the blocker to the stream that waits for it. */
export interface Link {
  readonly from: string;
  readonly to: string;
  /** The blocker is not done, and neither is the one that waits. */
  readonly isOpen: boolean;
}

export interface BlockerGraph {
  /** What must be done first comes first. */
  readonly nodes: readonly Stream[];
  readonly links: readonly Link[];
  /** Open streams, and with `withDone` others, that neither wait nor are waited for. */
  readonly loose: readonly Stream[];
  /** How many open streams wait for another, drawn or not. */
  readonly waiting: number;
  /** Ids of the open streams that wait in a row and have most work left between them; empty where none waits. */
  readonly chain: readonly string[];
  /** Phases that the chain has left. */
  readonly chainWork: number;
  /** Linked streams beyond the most that are drawn. */
  readonly cut: number;
  /** Completed and archived streams that nothing open waits for. */
  readonly hiddenDone: number;
}

/** Phases still to do, a begun one in part; a stream without phases is one. */
export function remaining(stream: Stream): number {
  if (!isOpen(stream) || stream.progress >= 100) return 0;
  const total = stream.phases.length;
  const share = stream.progress / 100;
  if (total === 0) return 1 - share;
  const done = donePhases(stream).size;
  return total - done - Math.max(0, Math.min(1, share * total - done));
}

export function graphOf(streams: Streams, withDone: boolean, most = mostNodes): BlockerGraph {
  const { isShown, hiddenDone } = shownOf(streams, withDone);
  const links: Link[] = [];
  const linked = new Map<string, number>();
  const all: Stream[] = [];
  const place = (stream: Stream) => {
    if (linked.has(stream.id)) return;
    linked.set(stream.id, all.length);
    all.push(stream);
  };
  for (const stream of streams.values()) {
    if (stream.blockers.length === 0 || !isShown(stream)) continue;
    for (const id of new Set(stream.blockers)) {
      const blocker = streams.get(id);
      if (!blocker || blocker === stream || !isShown(blocker)) continue;
      links.push({ from: id, to: stream.id, isOpen: isOpen(blocker) && isOpen(stream) });
      place(blocker);
      place(stream);
    }
  }
  const loose: Stream[] = [];
  for (const stream of streams.values()) if (isShown(stream) && !linked.has(stream.id)) loose.push(stream);
  const work = new Work(all, links, linked);
  const nodes = work.mostPressing(most);
  const drawn = new Set(nodes.map(({ id }) => id));
  const chain = work.chain();
  return {
    nodes,
    links: links.filter(({ from, to }) => drawn.has(from) && drawn.has(to)),
    loose,
    waiting: new Set(links.filter((link) => link.isOpen).map(({ to }) => to)).size,
    chain: chain.map(({ id }) => id),
    chainWork: chain.reduce((sum, stream) => sum + remaining(stream), 0),
    cut: all.length - nodes.length,
    hiddenDone,
  };
}

/** Of what is over only what something open still names as its blocker. */
function shownOf(streams: Streams, withDone: boolean): { isShown: (stream: Stream) => boolean; hiddenDone: number } {
  const named = new Set<string>();
  let done = 0;
  for (const stream of streams.values()) {
    if (isOpen(stream)) for (const id of stream.blockers) named.add(id);
    else done++;
  }
  for (const id of named) {
    const stream = streams.get(id);
    if (stream && !isOpen(stream)) done--;
  }
  return { isShown: (stream) => withDone || isOpen(stream) || named.has(stream.id), hiddenDone: withDone ? 0 : done };
}

/** The most work in a row before and after each stream. By places in an array: a project may have thousands of links. */
class Work {
  private readonly all: readonly Stream[];
  /** Places, blockers before those that wait for them. */
  private readonly order: readonly number[];
  /** Of each place, those that wait for it while both are open; links against the order, of a circle, do not count. */
  private readonly next: readonly (readonly number[])[];
  private readonly before: Float64Array;
  /** With the stream's own. */
  private readonly onward: Float64Array;

  constructor(all: readonly Stream[], links: readonly Link[], places: ReadonlyMap<string, number>) {
    this.all = all;
    const after: number[][] = all.map(() => []);
    const open: number[][] = all.map(() => []);
    const waitsFor = new Uint32Array(all.length);
    for (const link of links) {
      const [from, to] = [places.get(link.from)!, places.get(link.to)!];
      after[from]!.push(to);
      waitsFor[to]!++;
      if (link.isOpen) open[from]!.push(to);
    }
    this.order = inOrder(after, waitsFor);
    const rank = new Uint32Array(all.length);
    this.order.forEach((at, index) => (rank[at] = index));
    this.next = open.map((waiting, from) => waiting.filter((to) => rank[from]! < rank[to]!));
    const own = Float64Array.from(all, remaining);
    this.before = new Float64Array(all.length);
    this.onward = new Float64Array(all.length);
    for (const at of this.order) {
      const here = this.before[at]! + own[at]!;
      for (const to of this.next[at]!) this.before[to] = Math.max(this.before[to]!, here);
    }
    for (const at of this.order.toReversed()) {
      let most = 0;
      for (const to of this.next[at]!) most = Math.max(most, this.onward[to]!);
      this.onward[at] = own[at]! + most;
    }
  }

  chain(): Stream[] {
    const longest = (places: readonly number[]): number | undefined =>
      places.length === 0 ? undefined : places.reduce((best, at) => (this.onward[at]! > this.onward[best]! ? at : best));
    const chain: Stream[] = [];
    let at = longest(this.order.filter((place) => this.next[place]!.length > 0));
    while (at !== undefined) {
      chain.push(this.all[at]!);
      at = longest(this.next[at]!);
    }
    return chain;
  }

  /** In order; of too many the open ones on the longest chains, so that what is drawn hangs together. */
  mostPressing(most: number): Stream[] {
    let places = this.order;
    if (places.length > most) {
      const pressing = Float64Array.from(this.all, (stream, at) =>
        isOpen(stream) ? this.before[at]! + this.onward[at]! : -1,
      );
      const kept = new Set(places.toSorted((a, b) => pressing[b]! - pressing[a]!).slice(0, most));
      places = places.filter((at) => kept.has(at));
    }
    return places.map((at) => this.all[at]!);
  }
}

/** Streams in a circle, which the server refuses, come last as they are. */
function inOrder(after: readonly (readonly number[])[], waitsFor: Uint32Array): number[] {
  const order: number[] = [];
  waitsFor.forEach((count, at) => {
    if (count === 0) order.push(at);
  });
  for (let index = 0; index < order.length; index++) {
    for (const to of after[order[index]!]!) if (--waitsFor[to]! === 0) order.push(to);
  }
  waitsFor.forEach((count, at) => {
    if (count > 0) order.push(at);
  });
  return order;
}

export interface Neighbours {
  before(id: string): readonly string[];
  after(id: string): readonly string[];
}

const none: readonly string[] = [];

export function neighbours(links: readonly Link[]): Neighbours {
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  const add = (to: Map<string, string[]>, key: string, id: string) => {
    const list = to.get(key);
    if (list) list.push(id);
    else to.set(key, [id]);
  };
  for (const { from, to } of links) {
    add(before, to, from);
    add(after, from, to);
  }
  return { before: (id) => before.get(id) ?? none, after: (id) => after.get(id) ?? none };
}

/** The stream, all that it waits for and all that waits for it, through others too. */
export function related(id: string, { before, after }: Neighbours): Set<string> {
  const found = new Set([id]);
  for (const next of [before, after]) {
    const walked = new Set([id]);
    for (const each of walked) for (const other of next(each)) walked.add(other); // grows while it is walked
    for (const each of walked) found.add(each);
  }
  return found;
}

export interface ChainWords {
  /** Numbers of the chain, of a long one its ends; null: those left out. */
  readonly ids: readonly (string | null)[];
  readonly text: string;
}

const mostNamed = 6;

/** "0104 → 0111 → 0113: 3 streams in a row, about 11 phases left; 0104 asks you" */
export function chainWords({ chain, chainWork }: BlockerGraph, streams: Streams, now: number): ChainWords {
  const ids = chain.length > mostNamed ? [...chain.slice(0, mostNamed - 2), null, chain.at(-1)!] : chain;
  const head = streams.get(chain[0] ?? '');
  const work = Math.round(chainWork);
  const left = chainWork < 1 ? 'less than a phase left' : `about ${work} ${work === 1 ? 'phase' : 'phases'} left`;
  return { ids, text: `${chain.length} streams in a row, ${left}; ${head?.streamNumber} ${headWord(head, now)}` };
}

/** What holds the first of the chain up, or that nothing does. */
function headWord(stream: Stream | undefined, now: number): string {
  if (!stream) return '';
  if (stream.question) return 'asks you';
  if (isLapsed(stream, now)) return 'is abandoned';
  if (stream.status === 'paused' || stream.status === 'blocked') return `is ${stream.status}`;
  if (!stream.claim) return 'is unclaimed';
  return 'moves';
}
