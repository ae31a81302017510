// A project's event log, made without a server: acts of agents and people go in, by the time they happened, and come out
// as the file that `stream-status export` would have written of them. It keeps the rules of src/domain/change.cpp and
// src/service; what it gets wrong, `stream-status import` refuses. It knows no story: who does what is told elsewhere.
import { createHash } from 'node:crypto';
import fs from 'node:fs';

const kBlock = 1 << 20; // characters that are written at once

const isOpen = (status) => status !== 'completed' && status !== 'archived';
const isoTime = (at) => new Date(at).toISOString();

export class EventLog {
  #acts = [];
  #streams = new Map(); // id → stream, as the server shows it
  #waiting = new Map(); // id → ids of streams that wait for it
  #commits = [];
  #revision = 0;
  #events = 0;
  #take = null; // where event lines go

  /**
   * One act: {at: ms, agent, id: the stream's, act, …}. `act` is one of
   *   create {stream: {streamNumber, title, category, priority, goal, phases, branch, worktreePath, blockers}}
   *   claim · release {note?} · archive {note?} · answer {text}
   *   update {status?, progress?, completePhase?, blockers?, note?, question?: {text, choices}}
   *   commit {commit: {hash, message, author, filesChanged, insertions, deletions}}
   */
  add(...acts) { this.#acts.push(...acts); }

  /** Writes everything to `file` (a path, or a file descriptor); gives {revision, events, streams, commits}. Once. */
  write(file, { project = 'fieldnote', now = Date.now() } = {}) {
    const acts = this.#acts.sort((a, b) => a.at - b.at); // stable: of one moment, in the order they were added
    const output = typeof file === 'number' ? file : fs.openSync(file, 'w', 0o600);
    const sum = createHash('sha256');
    let block = '';
    const flush = () => { writeWhole(output, block); block = ''; };
    const line = (text, isCounted) => {
      const whole = `${text}\n`;
      if (isCounted) sum.update(whole);
      block += whole;
      if (block.length > kBlock) flush();
    };
    // The header says how many revisions there are: the events are made before it is written.
    const events = [];
    this.#take = (text) => events.push(text);
    for (const act of acts) this.#do(act);

    const header = { format: 'stream-status-export', version: 1, projectName: project, exportedAt: isoTime(now), revision: this.#revision };
    line(JSON.stringify(header), false);
    for (const event of events) line(event, true);
    for (const stream of this.#streams.values()) line(JSON.stringify({ kind: 'stream', stream }), true);
    for (const commit of this.#commits) line(JSON.stringify({ kind: 'commit', commit }), true);
    const counts = { events: this.#events, streams: this.#streams.size, commits: this.#commits.length, scans: 0, intents: 0 };
    line(JSON.stringify({ kind: 'end', ...counts, sha256: sum.digest('hex') }), false);
    flush();
    if (output !== file) fs.closeSync(output);
    return { revision: this.#revision, events: counts.events, streams: counts.streams, commits: counts.commits };
  }

  #do(act) {
    const stream = this.#streams.get(act.id);
    if (act.act === 'create') return this.#create(act);
    if (!stream) throw new Error(`history: ${act.act} before ${act.id} was created`);
    switch (act.act) {
      case 'claim': return this.#claim(act, stream);
      case 'release': return this.#release(act, stream);
      case 'update': return this.#update(act, stream, act);
      case 'archive': return this.#update(act, stream, { status: 'archived', note: act.note });
      case 'answer': return this.#append(act, stream, 'question_answered', stream.question, act.text, { question: null });
      case 'commit': return this.#commit(act, stream);
      default: throw new Error(`history: nobody can ${act.act}`);
    }
  }

  #create(act) {
    const blockers = act.stream.blockers ?? [];
    const stream = {
      id: act.id, streamNumber: act.stream.streamNumber, title: act.stream.title, category: act.stream.category,
      priority: act.stream.priority, status: 'initializing', progress: 0, currentPhase: 0, phases: act.stream.phases ?? [],
      completedPhases: [], worktreePath: act.stream.worktreePath ?? null, branch: act.stream.branch ?? null,
      blockedBy: blockers[0] ?? null, blockers, createdAt: isoTime(act.at), updatedAt: isoTime(act.at), completedAt: null,
      revision: this.#revision + 1, claim: null, goal: act.stream.goal ?? null, lastNote: null, question: null,
      recentActivity: { lastCommit: null, lastCommitTime: null, filesChanged: 0 },
    };
    if (this.#streams.has(act.id)) throw new Error(`history: ${act.id} is created twice`);
    this.#streams.set(act.id, stream);
    this.#wait(stream);
    this.#event(act, stream, 0, 'created', null, stream);
  }

  #claim(act, stream) {
    const claim = { agent: act.agent, process: null, since: isoTime(act.at) };
    this.#append(act, stream, 'claimed', stream.claim, claim, { claim });
    const begins = stream.status === 'initializing' || stream.status === 'paused';
    if (begins && !this.#isHeldUp(stream)) this.#setStatus(act, stream, 'active');
  }

  #release(act, stream) {
    if (act.note) this.#append(act, stream, 'note', null, act.note, { lastNote: act.note });
    if (stream.claim) this.#append(act, stream, 'released', stream.claim, null, { claim: null });
    if (stream.status === 'active') this.#setStatus(act, stream, 'paused');
  }

  #commit(act, stream) {
    const { hash, message, author, filesChanged, insertions, deletions } = act.commit;
    const commit = {
      id: String(this.#commits.length + 1), streamId: stream.id, commitHash: hash, message, author, filesChanged, insertions,
      deletions, timestamp: isoTime(act.at - act.at % 1000), revision: this.#revision + 1,
    };
    this.#commits.push(commit);
    const recentActivity = { lastCommit: message, lastCommitTime: commit.timestamp, filesChanged };
    this.#append(act, stream, 'commit_added', null, commit, { recentActivity });
  }

  // domain::plan_update: in this order.
  #update(act, stream, wanted) {
    if (wanted.completePhase !== undefined && !stream.completedPhases.includes(wanted.completePhase)) {
      const completedPhases = [...stream.completedPhases, wanted.completePhase].sort((a, b) => a - b);
      this.#append(act, stream, 'phase_completed', stream.completedPhases, completedPhases, { completedPhases });
      const firstOpen = stream.phases.findIndex((_, index) => !completedPhases.includes(index));
      const currentPhase = firstOpen < 0 ? stream.phases.length - 1 : firstOpen;
      if (currentPhase !== stream.currentPhase) this.#append(act, stream, 'phase_changed', stream.currentPhase, currentPhase, { currentPhase });
    }
    if (wanted.blockers && String(wanted.blockers) !== String(stream.blockers)) {
      this.#append(act, stream, 'blockers_changed', stream.blockers, wanted.blockers, { blockedBy: wanted.blockers[0] ?? null, blockers: wanted.blockers });
      this.#wait(stream);
    }
    const share = Math.floor((stream.completedPhases.length * 100) / Math.max(stream.phases.length, 1));
    const completes = wanted.status === 'completed' && stream.status !== 'completed';
    const progress = wanted.progress ?? (completes ? 100 : Math.max(stream.progress, wanted.completePhase === undefined ? 0 : share));
    if (progress !== stream.progress) this.#append(act, stream, 'progress_updated', stream.progress, progress, { progress });
    const wasOpen = isOpen(stream.status);
    if (wanted.status && wanted.status !== stream.status) this.#setStatus(act, stream, wanted.status);
    if (wanted.note) this.#append(act, stream, 'note', null, wanted.note, { lastNote: wanted.note });
    const closes = wanted.status && !isOpen(wanted.status);
    if (wanted.question && !closes) {
      const question = { text: wanted.question.text, choices: wanted.question.choices ?? [], asker: act.agent, askedAt: isoTime(act.at) };
      this.#append(act, stream, 'question_asked', stream.question, question, { question });
    } else if (closes && stream.question) {
      this.#append(act, stream, 'question_withdrawn', stream.question, null, { question: null });
    }
    if (closes && stream.claim) this.#append(act, stream, 'released', stream.claim, null, { claim: null });
    if (wasOpen && closes) this.#open(act, stream);
  }

  #setStatus(act, stream, status) {
    const type = stream.status === 'archived' ? 'unretired' : status === 'completed' || status === 'archived' ? status : 'status_changed';
    const completedAt = status === 'completed' ? isoTime(act.at) : isOpen(status) ? null : stream.completedAt;
    this.#append(act, stream, type, stream.status, status, { status, completedAt });
  }

  // Whatever waited for nothing but this one is blocked no more.
  #open(act, done) {
    for (const id of this.#waiting.get(done.id) ?? []) {
      const stream = this.#streams.get(id);
      if (stream.status !== 'blocked' || !stream.blockers.includes(done.id) || this.#isHeldUp(stream)) continue;
      const hasBegun = stream.progress > 0 || stream.currentPhase > 0 || stream.recentActivity.lastCommitTime !== null;
      this.#setStatus(act, stream, hasBegun ? 'paused' : 'initializing');
    }
  }

  #isHeldUp(stream) {
    return stream.blockers.some((id) => isOpen(this.#streams.get(id)?.status ?? 'archived'));
  }

  #wait(stream) {
    for (const id of stream.blockers) {
      if (!this.#waiting.has(id)) this.#waiting.set(id, new Set());
      this.#waiting.get(id).add(stream.id);
    }
  }

  #append(act, stream, type, oldValue, newValue, fields) {
    const previous = stream.revision;
    this.#event(act, stream, previous, type, oldValue, newValue);
    Object.assign(stream, fields, { revision: this.#revision, updatedAt: isoTime(act.at) });
  }

  #event(act, stream, previous, type, oldValue, newValue) {
    this.#revision++;
    this.#events++;
    const event = { revision: this.#revision, streamId: stream.id, type, oldValue, newValue, agent: act.agent, timestamp: isoTime(act.at) };
    this.#take(JSON.stringify({ kind: 'event', previous, event }));
  }
}

// A pipe takes what it has room for.
function writeWhole(output, text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(output, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
