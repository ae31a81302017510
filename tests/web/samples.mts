// Streams, commits and changes for the tests, whole and plain; a test names only what it is about.
import type { Change, Commit, Health, Stream } from '../../web/src/model.ts';

const time = '2026-11-22T14:00:00.000Z';

export function stream(part: Partial<Stream> = {}): Stream {
  return {
    id: 'auth',
    streamNumber: '0101',
    title: 'Rotate refresh tokens',
    category: 'backend',
    priority: 'medium',
    status: 'initializing',
    progress: 0,
    currentPhase: 0,
    phases: [],
    completedPhases: [],
    worktreePath: null,
    branch: null,
    blockedBy: null,
    blockers: [],
    createdAt: time,
    updatedAt: time,
    completedAt: null,
    revision: 1,
    claim: null,
    goal: null,
    lastNote: null,
    question: null,
    recentActivity: { lastCommit: null, lastCommitTime: null, filesChanged: 0 },
    ...part,
  };
}

export function commit(part: Partial<Commit> = {}): Commit {
  return {
    id: '1',
    streamId: 'auth',
    commitHash: '93b1577c0ffee',
    message: 'Revoke the family on reuse',
    author: 'claude',
    filesChanged: 2,
    insertions: 30,
    deletions: 4,
    timestamp: time,
    revision: 2,
    ...part,
  };
}

export function change(part: Partial<Change> & Pick<Change, 'revision' | 'type'>): Change {
  return { streamId: 'auth', oldValue: null, newValue: null, agent: null, timestamp: time, ...part };
}

export const health: Health = {
  projectName: 'fieldnote',
  projectRoot: '/home/mara/fieldnote',
  instanceId: 'one',
  version: '1.0.0',
  revision: 1,
};
