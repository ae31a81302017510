// What of a change is worth a notification to a person who looks elsewhere. Pure.
import type { Need } from './needs.ts';
import type { Streams } from '../stream_change.ts';

export interface News {
  /** A later one with the same tag takes the place of the earlier. */
  readonly tag: string;
  readonly title: string;
  readonly text: string;
  readonly streamId: string;
}

export function needKey(need: Need): string {
  return need.kind === 'collision' ? `collision ${need.stream.id} ${need.other.id}` : `${need.kind} ${need.stream.id}`;
}

/** What came to need a person, what got stuck and what was completed between two moments. */
export function newsBetween(
  before: { readonly streams: Streams; readonly needs: readonly Need[] },
  after: { readonly streams: Streams; readonly needs: readonly Need[] },
): News[] {
  const news: News[] = [];
  const known = new Set(before.needs.map(needKey));
  for (const need of after.needs) {
    const tag = needKey(need);
    if (known.has(tag)) continue;
    const { id: streamId, streamNumber: number, title: text, question } = need.stream;
    if (need.kind === 'question') news.push({ tag, title: `${number} asks you`, text: question!.text, streamId });
    else if (need.kind === 'abandoned') news.push({ tag, title: `${number} was abandoned`, text, streamId });
    else news.push({ tag, title: `${number} will collide with ${need.other.streamNumber}`, text, streamId });
  }
  if (before.streams === after.streams) return news;
  for (const stream of after.streams.values()) {
    const was = before.streams.get(stream.id);
    if (!was || was === stream || was.status === stream.status) continue;
    const { id: streamId, streamNumber: number, title: text, status } = stream;
    if (status === 'blocked' && !stream.question) news.push({ tag: `status ${streamId}`, title: `${number} is blocked`, text, streamId });
    if (status === 'completed') news.push({ tag: `status ${streamId}`, title: `${number} is done`, text, streamId });
  }
  return news;
}
