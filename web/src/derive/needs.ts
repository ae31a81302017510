// What waits for a person, and for how long: questions, abandoned claims, branches that will collide. Pure.
import type { Conflicts, Pair, PresentAgent, Stream } from '../model.ts';
import type { Streams } from '../stream_change.ts';
import { byNeed } from './streams.ts';

export type Need =
  | { readonly kind: 'question'; readonly stream: Stream; readonly since: number; readonly holdsUp: readonly Stream[] }
  | {
      readonly kind: 'abandoned';
      readonly stream: Stream;
      readonly since: number;
      readonly agent: PresentAgent | null;
      /** Files in its worktree that are in no commit; null: git has not been asked. */
      readonly uncommitted: number | null;
    }
  | { readonly kind: 'collision'; readonly stream: Stream; readonly other: Stream; readonly pair: Pair };

/** The lease has run out: others may take the stream. Only where the server has said when it ends. */
export function isLapsed(stream: Stream, now: number): boolean {
  const expiry = stream.claim?.expiresAt;
  return expiry !== undefined && Date.parse(expiry) <= now;
}

export function isOpen(stream: Stream): boolean {
  return stream.status !== 'completed' && stream.status !== 'archived';
}

/** Streams that wait for this one and are not done. */
export function waitingFor(streams: Streams, id: string): Stream[] {
  return [...streams.values()].filter((stream) => isOpen(stream) && stream.blockers.includes(id));
}

/** Waits for the other, and that one is not done. */
export function isWaitingFor(streams: Streams, id: string, other: string): boolean {
  const blocker = streams.get(other);
  return blocker !== undefined && isOpen(blocker) && streams.get(id)?.blockers.includes(other) === true;
}

const nobody: Streams = new Map();

/** By the server's order, so that all views agree; but a stream lands after those that it waits for. */
export function inLandingOrder(conflicts: Conflicts, ids: readonly string[], streams: Streams = nobody): string[] {
  const asked = new Set(ids);
  const order: string[] = [];
  let left = [...new Set([...conflicts.landingOrder, ...ids])];
  while (left.length > 0) {
    const rest = new Set(left);
    const waitsForOne = (id: string) =>
      streams.get(id)?.blockers.some((blocker) => rest.has(blocker) && isWaitingFor(streams, id, blocker));
    const waiting = left.filter(waitsForOne);
    const held = new Set(waiting.length < left.length ? waiting : []); // all of them: they wait in a circle
    order.push(...left.filter((id) => !held.has(id)));
    left = [...held];
  }
  return order.filter((id) => asked.has(id));
}

/** Which of two should land first. */
export function landsFirst(conflicts: Conflicts, a: string, b: string, streams: Streams = nobody): string {
  return inLandingOrder(conflicts, [a, b], streams)[0]!;
}

/** Predicted conflicts by stream id. */
export function collisions(conflicts: Conflicts | null): Map<string, { other: string; pair: Pair }[]> {
  const found = new Map<string, { other: string; pair: Pair }[]>();
  const add = (id: string, other: string, pair: Pair) => {
    const list = found.get(id);
    if (list) list.push({ other, pair });
    else found.set(id, [{ other, pair }]);
  };
  for (const pair of conflicts?.pairs ?? []) {
    if (pair.state !== 'conflict') continue;
    add(pair.a, pair.b, pair);
    add(pair.b, pair.a, pair);
  }
  return found;
}

/** How many files of a pair git would stop at. */
export function conflictFiles(pair: Pair): number {
  return new Set(pair.conflicts.map(({ file }) => file)).size;
}

/** By the cost of waiting: who is held up; what nobody works on; what gets dearer with every commit. */
export function needs(
  streams: Streams,
  agents: readonly PresentAgent[],
  conflicts: Conflicts | null,
  now: number,
): Need[] {
  const open = [...streams.values()].filter(isOpen);
  const waiting = new Map<string, Stream[]>(); // not waitingFor(): a pass for each question is too many of them
  for (const stream of open) {
    for (const id of stream.blockers) {
      const list = waiting.get(id);
      if (list) list.push(stream);
      else waiting.set(id, [stream]);
    }
  }
  const questions: Need[] = open
    .filter(({ question }) => question)
    .map((stream) => ({
      kind: 'question' as const,
      stream,
      since: Date.parse(stream.question!.askedAt),
      holdsUp: waiting.get(stream.id) ?? [],
    }))
    .sort((a, b) => b.holdsUp.length - a.holdsUp.length || a.since - b.since);
  const abandoned: Need[] = open
    .filter((stream) => isLapsed(stream, now))
    .sort(byNeed)
    .map((stream) => ({
      kind: 'abandoned' as const,
      stream,
      since: Date.parse(stream.claim!.expiresAt!),
      agent: agents.find(({ name }) => name === stream.claim!.agent) ?? null,
      uncommitted: conflicts?.streams.find(({ streamId }) => streamId === stream.id)?.uncommitted.length ?? null,
    }));
  const colliding: Need[] = (conflicts?.pairs ?? [])
    .filter(({ state }) => state === 'conflict')
    .flatMap((pair) => {
      const [stream, other] = [streams.get(pair.a), streams.get(pair.b)];
      return stream && other && isOpen(stream) && isOpen(other)
        ? [{ kind: 'collision' as const, stream, other, pair }]
        : [];
    })
    .sort((a, b) => byNeed(a.stream, b.stream));
  return [...questions, ...abandoned, ...colliding];
}
