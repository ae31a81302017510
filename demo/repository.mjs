// Makes fieldnote: five days of acts, the git repository that they leave behind, and the file to import. Every commit of
// the log is one of the repository's, under its real hash: what the server sees in git is what it knows already.
import fs from 'node:fs';
import path from 'node:path';

import { between, seeded } from './chance.mjs';
import { added, changed, firstText } from './contents.mjs';
import { EventLog } from './log.mjs';
import { beginnings, days, person, streams } from './plot.mjs';
import { tell, WorkClock } from './story.mjs';
import { messagesAbout } from './words.mjs';
import { emailOf } from './world.mjs';

const kHour = 3_600_000;
const kSeed = 11;

/** Names an agent as the server does: client name and worktree. */
export const agentName = (client, worktree) => `${client}@${worktree}`;

/** All commits that a stream is to have, [{file, message, change?}]; the first `made` of them exist when the demo starts. */
export function plannedCommits(stream) {
  const random = seeded(kSeed + Number(stream.number ?? 0));
  const total = stream.total ?? Math.round((stream.made * 100) / (stream.progress ?? 100));
  const early = Math.min(total, stream.made || total);
  const places = new Map();
  spread(places, stream.commits.map(([file, message]) => ({ file, message })), early, 0);
  const use = (file, n) => `Use ${stream.things[n % stream.things.length]} in ${path.basename(file, '.ts')}`;
  spread(places, stream.touches.map(([file, change], n) => ({ file, change, message: use(file, n) })), early, 0.5);
  const files = [...new Set(stream.commits.map(([file]) => file))];
  const fillers = messagesAbout(random, stream.things, total);
  return Array.from({ length: total }, (_, n) => places.get(n) ?? { file: files[Math.floor(random() * files.length)], message: fillers[n] });
}

// Puts items at even distances among `count` places, beside those that are taken.
function spread(places, items, count, offset) {
  items.forEach((item, n) => {
    let place = Math.min(count - 1, Math.floor(((n + offset) / items.length) * count));
    while (places.has(place)) place = (place + 1) % count;
    places.set(place, item);
  });
}

/** Makes repository, worktrees and the file to import; gives {revision, events, streams, commits}. */
export async function makeProject(world, file, now) {
  const clock = new WorkClock(now, days);
  const random = seeded(kSeed);
  const plans = streams.map((stream) => plan(world, stream));
  const acts = plans.flatMap((each) => tell(each, clock, random)).sort((a, b) => a.at - b.at);
  await makeRepository(world, plans, acts, clock.at(0));
  await makeWorktrees(world, plans);
  const log = new EventLog();
  log.add(...acts);
  return log.write(file, { project: 'fieldnote', now });
}

function plan(world, stream) {
  const { id, number, title, category, priority, goal, phases, blockers = [], created, notes, progress = 0, ends = 'open', archived, summary } = stream;
  const worktreePath = path.join(world.worktrees, id);
  return {
    id, planner: person, created, notes, progress, ends, archived, summary,
    stream: { streamNumber: number, title, category, priority, goal, phases, branch: id, worktreePath, blockers },
    parts: stream.parts.map((part) => ({ ...part, agent: agentName(part.agent, id) })),
    commits: plannedCommits(stream).slice(0, stream.made),
    uncommitted: stream.uncommitted ?? [],
  };
}

/** One run of git makes all commits; another says what they came out as. */
async function makeRepository(world, plans, acts, begin) {
  const writer = new ImportWriter();
  for (const [hoursBefore, files, message] of beginnings) {
    writer.commit('main', person, begin - hoursBefore * kHour, message, new Map(files.map((name) => [name, firstText(name)])));
  }
  const byId = new Map(plans.map((each) => [each.id, each]));
  for (const act of acts) {
    const { id } = act;
    if (act.act === 'commit') {
      const { file, message, change } = act.commit;
      if (!writer.has(id)) writer.branch(id, 'main');
      const text = writer.read(id, file);
      act.commit.mark = writer.commit(id, act.commit.author, act.at, message, new Map([[file, change === undefined ? added(file, text, message) : changed(text, change, message)]]));
    } else if (act.status === 'completed') {
      writer.merge('main', id, person, act.at, `Merge ${id}: ${byId.get(id).stream.title}`);
    }
  }
  fs.mkdirSync(world.repository);
  await world.git(world.repository, ['init', '--quiet']);
  const marks = path.join(world.directory, 'marks');
  await world.git(world.repository, ['fast-import', '--quiet', '--date-format=raw', `--export-marks=${marks}`], { input: writer.text });
  await world.git(world.repository, ['reset', '--quiet', '--hard', 'main']);
  const hashes = new Map(fs.readFileSync(marks, 'utf8').trim().split('\n').map((line) => line.split(' ')));
  fs.rmSync(marks);
  const sizes = await commitSizes(world);
  for (const { act, commit } of acts) {
    if (act !== 'commit') continue;
    const hash = hashes.get(`:${commit.mark}`);
    Object.assign(commit, { hash, ...sizes.get(hash) });
  }
}

async function commitSizes(world) {
  const sizes = new Map();
  const text = await world.git(world.repository, ['log', '--all', '--no-merges', '--numstat', '--format=commit %H']);
  let size;
  for (const line of text.split('\n')) {
    if (line.startsWith('commit ')) sizes.set(line.slice(7), size = { filesChanged: 0, insertions: 0, deletions: 0 });
    const numbers = /^(\d+)\t(\d+)\t/.exec(line);
    if (!numbers) continue;
    size.filesChanged++;
    size.insertions += Number(numbers[1]);
    size.deletions += Number(numbers[2]);
  }
  return sizes;
}

async function makeWorktrees(world, plans) {
  for (const each of plans) {
    if (each.ends !== 'open' || each.parts.length === 0) continue;
    const where = await world.worktree(each.id);
    for (const file of each.uncommitted) {
      const target = path.join(where, file);
      const text = fs.existsSync(target) ? fs.readFileSync(target, 'utf8') : '';
      fs.writeFileSync(target, added(file, text, `Update postings without a rebuild of ${path.basename(file).split('.')[0]}`));
    }
  }
}

/** What `git fast-import` reads, and the files of each branch as they are then. */
class ImportWriter {
  text = '';
  #marks = 0;
  #tips = new Map(); // branch → {mark, files, changed: files since it began}

  has(branch) { return this.#tips.has(branch); }
  read(branch, file) { return this.#tips.get(branch).files.get(file) ?? ''; }

  branch(name, from) {
    const { mark, files } = this.#tips.get(from);
    this.#tips.set(name, { mark, files: new Map(files), changed: new Map() });
  }

  commit(branch, author, at, message, files, parents = []) {
    const tip = this.#tips.get(branch) ?? { mark: 0, files: new Map(), changed: new Map() };
    const who = `${author} <${emailOf(author)}> ${Math.floor(at / 1000)} +0000`;
    const mark = ++this.#marks;
    this.text += `commit refs/heads/${branch}\nmark :${mark}\nauthor ${who}\ncommitter ${who}\n${data(message)}`;
    if (tip.mark) this.text += `from :${tip.mark}\n`;
    for (const parent of parents) this.text += `merge :${parent}\n`;
    for (const [file, text] of files) {
      this.text += `M 100644 inline ${file}\n${data(text)}`;
      tip.files.set(file, text);
      tip.changed.set(file, text);
    }
    this.text += '\n';
    tip.mark = mark;
    this.#tips.set(branch, tip);
    return mark;
  }

  /** Streams that are done share no file: what the branch changed is what main gets. */
  merge(into, branch, author, at, message) {
    const { mark, changed: files } = this.#tips.get(branch);
    this.commit(into, author, at, message, files, [mark]);
  }
}

const data = (text) => `data ${Buffer.byteLength(text)}\n${text}\n`;
