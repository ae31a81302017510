// Makes the repository of the demo, its worktrees, and the streams as they stand when the agents begin.
import fs from 'node:fs';
import path from 'node:path';

import { McpSession } from './mcp.mjs';
import { beginnings, streams } from './plot.mjs';

const kHour = 3_600_000;

/** Names an agent as the server does: client name and worktree. */
export const agentName = (client, worktree) => `${client}@${worktree}`;

export async function makeRepository(world, now) {
  fs.mkdirSync(world.repository);
  await world.git(world.repository, ['init', '--quiet']);
  for (const [hoursAgo, file, message] of beginnings) {
    await world.commit(world.repository, file, message, 'mira', new Date(now - hoursAgo * kHour));
  }
}

/** Makes branches and commits, and puts the streams on the board as one person who planned them. */
export async function makeStreams(world, now) {
  const env = { ...world.env, STREAM_STATUS_AGENT: 'mira' };
  const session = await McpSession.open({ program: world.program, cwd: world.repository, env, client: 'demo' });
  try {
    for (const stream of streams) await makeStream(world, session, stream, now);
  } finally {
    await session.close();
  }
}

async function makeStream(world, session, stream, now) {
  const isDone = stream.state === 'completed' || stream.state === 'archived';
  const made = isDone ? stream.commits.length : stream.made;
  const hasWorktree = made > 0;
  const author = agentName(stream.agent ?? 'claude-code', stream.id);
  const commits = [];
  const worktreePath = hasWorktree ? await world.worktree(stream.id) : undefined;
  for (let i = 0; i < made; i++) {
    const [file, message] = stream.commits[i];
    const hoursAgo = stream.age * (1 - i / made);
    commits.push(await world.commit(worktreePath, file, message, author, new Date(now - hoursAgo * kHour)));
  }
  if (isDone) await land(world, stream);

  await session.call('add_stream', {
    streamId: stream.id, streamNumber: stream.number, title: stream.title, category: stream.category,
    priority: stream.priority, estimatedPhases: stream.phases,
    ...(hasWorktree ? { worktreePath, branch: stream.id } : {}),
  });
  for (const commit of commits) await session.call('add_commit', { streamId: stream.id, ...commit });
  const progress = isDone ? 100 : Math.round((made / stream.commits.length) * 100);
  if (progress > 0) {
    await session.call('update_stream', {
      streamId: stream.id, progress, currentPhase: phaseAt(progress, stream.phases.length),
      status: stream.state === 'archived' ? 'completed' : stream.state,
      ...(stream.blockedBy ? { blockedBy: stream.blockedBy } : {}),
      ...(stream.notes ? { note: stream.notes[stream.notes.length - 1] } : {}),
    });
  }
  if (stream.state === 'archived') await session.call('remove_stream', { streamId: stream.id, completionSummary: stream.summary });
}

export const phaseAt = (progress, phases) => Math.min(phases - 1, Math.floor((progress / 100) * phases));

let landing = Promise.resolve();

/** Merges the stream's branch into main, one at a time; false when it conflicts, and then nothing has changed. */
export function land(world, stream) {
  const turn = landing.then(async () => {
    const identity = { GIT_AUTHOR_NAME: 'mira', GIT_AUTHOR_EMAIL: 'mira@fieldnote.example', GIT_COMMITTER_NAME: 'mira', GIT_COMMITTER_EMAIL: 'mira@fieldnote.example' };
    try {
      await world.git(world.repository, ['merge', '--quiet', '--no-ff', '-m', `Merge ${stream.id}: ${stream.title}`, stream.id], identity);
    } catch {
      await world.git(world.repository, ['merge', '--abort']);
      return false;
    }
    return true;
  });
  landing = turn.catch(() => {});
  return turn.then(async (landed) => {
    const worktree = path.join(world.worktrees, stream.id);
    if (landed && fs.existsSync(worktree)) await world.git(world.repository, ['worktree', 'remove', worktree]);
    return landed;
  });
}
