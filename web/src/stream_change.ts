// What one change makes of a stream: the page's side of the server's domain::apply. Pure; live, in replays and in the past.
import type { Change, Claim, Commit, Question, Status, Stream } from './model.ts';

export type Streams = ReadonlyMap<string, Stream>;

/** A stream is born without commits, so its event need not say so. */
type NewStream = Omit<Stream, 'recentActivity'> & Partial<Pick<Stream, 'recentActivity'>>;
const noActivity = { lastCommit: null, lastCommitTime: null, filesChanged: 0 };

/** The stream after one change; undefined when the page does not know the stream. */
export function nextStream(before: Stream | undefined, change: Change): Stream | undefined {
  const stamp = { revision: change.revision, updatedAt: change.timestamp };
  if (change.type === 'created') {
    return { recentActivity: noActivity, ...(change.newValue as NewStream), createdAt: change.timestamp, ...stamp };
  }
  // The whole stream at this point, in place of the events that led there (retention).
  if (change.type === 'baseline') return { recentActivity: noActivity, ...(change.newValue as NewStream), ...stamp };
  if (!before) return undefined;
  return { ...before, ...fields(before, change), ...stamp };
}

function fields(before: Stream, { type, newValue, timestamp }: Change): Partial<Stream> {
  switch (type) {
    case 'status_changed':
      return { status: newValue as Status, completedAt: null };
    case 'completed':
      return { status: 'completed', completedAt: timestamp };
    case 'archived':
      return { status: 'archived' };
    case 'unretired': {
      const status = newValue as Status;
      // Out of the archive it is completed since it was completed.
      return { status, completedAt: status === 'completed' ? (before.completedAt ?? timestamp) : null };
    }
    case 'progress_updated':
      return { progress: newValue as number };
    case 'phase_changed':
      return { currentPhase: newValue as number };
    case 'phase_completed':
    case 'phase_reopened':
      return { completedPhases: newValue as readonly number[] };
    case 'question_asked':
      return { question: newValue as Question };
    case 'question_withdrawn':
    case 'question_answered':
      return { question: null };
    case 'note':
      return { lastNote: newValue as string };
    case 'blockers_changed': {
      const blockers = newValue as readonly string[];
      return { blockers, blockedBy: blockers[0] ?? null };
    }
    case 'details_changed':
      return newValue as Partial<Stream>;
    case 'claimed':
      return { claim: newValue as Claim };
    case 'released':
      return { claim: null };
    case 'commit_added':
      return { recentActivity: activity(before, newValue as Commit) };
    case 'commit_removed':
      return { recentActivity: (newValue as Pick<Stream, 'recentActivity'>).recentActivity };
    default: // a newer server's type: the stream did change, how is unknown here
      return {};
  }
}

function activity(before: Stream, commit: Commit): Stream['recentActivity'] {
  const last = before.recentActivity.lastCommitTime;
  if (last !== null && last > commit.timestamp) return before.recentActivity; // an older commit, told late
  return { lastCommit: commit.message, lastCommitTime: commit.timestamp, filesChanged: commit.filesChanged };
}
