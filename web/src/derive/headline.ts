// One event in a few words, the same in every view. Pure; gives plain text.
import type { Change, Commit, Claim, Question, Stream } from '../model.ts';
import type { Streams } from '../stream_change.ts';

/** "0104 commit: Record first use of each token" */
export function headline(change: Change, streams: Streams): string {
  const { verb, text } = describe(change, streams);
  return `${nameOf(change.streamId, streams)} ${verb}${text && `: ${text}`}`;
}

function nameOf(id: string, streams: Streams): string {
  return streams.get(id)?.streamNumber ?? id;
}

/** What happened, and to what: verb in the past tense or a noun, then free text that may be empty. */
export function describe(change: Change, streams: Streams): { verb: string; text: string } {
  const { type, newValue, oldValue } = change;
  switch (type) {
    case 'created':
      return { verb: 'opened', text: (newValue as Stream).title };
    case 'status_changed':
      return { verb: newValue === 'active' && oldValue === 'blocked' ? 'goes on' : String(newValue), text: '' };
    case 'completed':
      return { verb: 'completed', text: '' };
    case 'archived':
      return { verb: 'archived', text: '' };
    case 'unretired':
      return { verb: 'brought back', text: String(newValue) };
    case 'progress_updated':
      return { verb: 'progress', text: `${String(oldValue)} → ${String(newValue)} %` };
    case 'phase_changed': {
      const phase = streams.get(change.streamId)?.phases[newValue as number];
      return { verb: 'phase', text: phase ?? String(newValue) };
    }
    case 'phase_completed':
    case 'phase_reopened': {
      const [before, after] = [oldValue as readonly number[] | null, newValue as readonly number[]];
      const [more, less] = type === 'phase_completed' ? [after, before ?? []] : [before ?? [], after];
      const phases = streams.get(change.streamId)?.phases;
      const names = more.filter((index) => !less.includes(index)).map((index) => phases?.[index] ?? `phase ${index + 1}`);
      return { verb: type === 'phase_completed' ? 'phase done' : 'phase reopened', text: names.join(', ') };
    }
    case 'note':
      return { verb: 'note', text: String(newValue) };
    case 'blockers_changed': {
      const blockers = (newValue as readonly string[]).map((id) => nameOf(id, streams));
      return blockers.length > 0 ? { verb: 'waits for', text: blockers.join(', ') } : { verb: 'waits for nothing', text: '' };
    }
    case 'commit_added':
      return { verb: 'commit', text: (newValue as Commit).message };
    case 'commit_removed':
      return { verb: 'commit gone', text: (oldValue as Commit).message };
    case 'details_changed':
      return { verb: 'changed', text: Object.keys(newValue as object).join(', ') };
    case 'claimed':
      return { verb: 'claimed', text: `by ${(newValue as Claim).agent}` };
    case 'released':
      return { verb: 'released', text: oldValue ? `by ${(oldValue as Claim).agent}` : '' };
    case 'question_asked':
      return { verb: 'asks', text: (newValue as Question).text };
    case 'question_withdrawn':
      return { verb: 'asks no more', text: '' };
    case 'question_answered':
      return { verb: 'answered', text: String(newValue) };
    case 'baseline':
      return { verb: 'earlier events folded', text: '' };
    default:
      return { verb: type.replaceAll('_', ' '), text: '' };
  }
}
