// Moves on real repositories that several tests make.
import fs from 'node:fs';
import path from 'node:path';

/** Writes a file and commits everything in the worktree; gives the commit's hash. */
export async function commit(world, worktree, file, text, message = `change ${file}`) {
  write(worktree, file, text);
  await world.git(worktree, 'add', '-A');
  await world.git(worktree, 'commit', '--quiet', '-m', message);
  return world.git(worktree, 'rev-parse', 'HEAD');
}

export function write(worktree, file, text) {
  const where = path.join(worktree, file);
  fs.mkdirSync(path.dirname(where), { recursive: true });
  fs.writeFileSync(where, text);
}

/** A stream with a linked worktree on a branch of the same name; gives the worktree. */
export async function addStream(world, agent, id) {
  const worktree = await world.worktree(id);
  await agent.call('add_stream', { streamId: id, title: id, branch: id, worktreePath: worktree });
  return worktree;
}

/** Everything below a directory: path → [kind, mode, contents]. */
export function contents(directory) {
  const found = new Map();
  const visit = (at, name) => {
    const status = fs.lstatSync(at);
    if (status.isSymbolicLink()) found.set(name, ['symlink', 0, fs.readlinkSync(at)]);
    else if (status.isDirectory()) for (const child of fs.readdirSync(at)) visit(path.join(at, child), `${name}/${child}`);
    else found.set(name, ['file', status.mode & 0o111, fs.readFileSync(at, 'latin1')]);
  };
  visit(directory, '.');
  return found;
}
