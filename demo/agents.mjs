// A simulated agent: a real `stream-status mcp` process in a real worktree, driven turn by turn. What it does next
// follows from the stream it is on; what it knows of other streams, and of what people want, it hears from the server,
// as a real agent would.
import fs from 'node:fs';
import path from 'node:path';

import { between, pick } from './chance.mjs';
import { McpSession, ToolError } from './mcp.mjs';
import { backlog, backlogPhases, hotSpots, streams } from './plot.mjs';
import { agentName, plannedCommits } from './repository.mjs';
import { idOf, messagesAbout, noteAbout, questionAbout, subject } from './words.mjs';

const kOpenBoard = 5; // so many completed streams stay on the board; older ones are archived
const kReady = 2; // so many streams wait to be taken; an agent that sees fewer plans another
const kWaitSeconds = 30; // one wait for a change
const kPatience = 8; // after so many waits without an answer an agent decides by itself

/** What the agents share: the plans of all streams, who is on which, and what the server acknowledged. */
export class Team {
  plans = new Map();
  working = new Map(); // stream id → Agent
  acknowledged = { calls: 0, commits: 0, errors: 0 };
  isEnding = false;
  #nextIdea = 0;

  constructor(world, random, tell) {
    this.world = world;
    this.random = random;
    this.tell = tell;
    for (const stream of streams) this.plans.set(stream.id, planOf(stream));
  }

  chance(share) { return this.random() < share; }

  /** A stream that is not on the board yet. */
  idea() {
    const { random } = this;
    const n = this.#nextIdea++;
    const { id, title, category, priority, folder, things } = n < backlog.length ? backlog[n] : anyIdea(n);
    const total = Math.round(between(random, 7, 14));
    const files = [`${folder}/index.ts`, `${folder}/edge.ts`, `${folder}/index.test.ts`];
    const commits = messagesAbout(random, things, total).map((message) => ({ file: pick(random, files), message }));
    if (this.chance(0.6)) {
      const [file, change] = pick(random, hotSpots);
      commits[Math.floor(total / 3)] = { file, change, message: `Use ${things[0]} in ${path.basename(file, '.ts')}` };
    }
    const plan = {
      id, title, category, priority, phases: backlogPhases, commits, made: 0,
      goal: `Done when people can rely on ${things.join(' and ')}.`, notes: [noteAbout(random, things[0])], mayPause: this.chance(0.15),
      asks: this.chance(0.25) ? { at: 0.5, ...questionAbout(random, things.at(-1)) } : null, done: 0, progress: 0,
    };
    this.plans.set(plan.id, plan);
    return plan;
  }

  /** A young stream that another agent moves, to wait for; waiting never goes in a circle. Undefined: there is none. */
  moving(except) {
    const plans = [...this.working.keys()].map((id) => this.plans.get(id));
    return plans.findLast((plan) => plan !== except && !plan.waits && !plan.waitsFor && !plan.question && plan.made < plan.commits.length / 2);
  }
}

/** When the backlog is done: any of what words.mjs can say. */
function anyIdea(n) {
  const { title, thing, category } = subject(n);
  const id = idOf(title);
  return { id, title, category, priority: 'medium', folder: `src/${id}`, things: [thing] };
}

/** What an agent knows of a stream of the plot when the demo starts. */
function planOf(stream) {
  const { id, title, phases, made, outcomes, parts, slowness } = stream;
  const progress = stream.progress ?? (made > 0 ? 100 : 0);
  const last = parts.at(-1);
  return {
    id, title, phases, made, outcomes, slowness, progress, number: stream.number, commits: plannedCommits(stream), notes: [], done: Math.floor((progress / 100) * phases.length),
    question: last?.question ? { ...last.question, patience: Infinity } : null, waitsFor: last?.kind === 'blocked' ? last.blockers?.[0] ?? null : null,
    isForPeople: last?.kind === 'paused', // until somebody says that it goes on
  };
}

export class Agent {
  #team;
  #client;
  #stream; // its plan, and how far it is
  #session = null;
  #isInWait = false;

  constructor(team, client, stream) {
    this.#team = team;
    this.#client = client;
    this.#take(team.plans.get(stream.id));
  }

  get name() { return agentName(this.#client, this.#stream.id); }
  /** It has nothing to do but to wait, for an answer or another stream. */
  get isWaiting() { return Boolean(this.#stream.question ?? this.#stream.waitsFor); }
  /** How long it thinks between two acts, beside others. */
  get slowness() { return this.#stream.slowness ?? 1; }

  async start() {
    const { world } = this.#team;
    const cwd = await world.worktree(this.#stream.id);
    this.#session = await McpSession.open({ program: world.program, cwd, env: world.env, client: this.#client });
  }

  async stop() {
    await this.#session?.close();
    this.#session = null;
  }

  /** Ends a wait that may last; its turn ends with it. */
  async interrupt() {
    if (this.#isInWait) await this.stop();
  }

  /** It comes, and asks where it was. */
  arrive() { return this.#try(() => this.#call('get_stream', {})); }

  /** One thing an agent does between two thoughts. Never throws: what failed is told, and the next turn goes on. */
  turn() { return this.#try(() => this.#step()); }

  async #try(act) {
    try {
      if (!this.#session) await this.start();
      await act();
    } catch (error) {
      if (this.#team.isEnding) return;
      if (error instanceof ToolError) {
        this.#stream.isInDoubt = true;
        if (kPeoplesDoing.has(error.code)) return; // the next turn looks what they did
      } else {
        await this.stop().catch(() => {});
      }
      this.#team.acknowledged.errors++;
      this.#say(error.message.split('\n')[0], 'bad');
    }
  }

  async #step() {
    const stream = this.#stream;
    if (stream.isCompleted) return this.#moveOn();
    if (stream.isInDoubt || this.#team.chance(0.1)) {
      if (!await this.#isStillMine()) return this.#leave();
    }
    if (stream.question) return this.#waitForAnswer();
    if (stream.waitsFor) return this.#waitForOther();
    if (stream.made >= stream.commits.length) return this.#complete();
    const share = stream.made / stream.commits.length;
    if (stream.asks && share >= stream.asks.at) return this.#ask();
    if (stream.waits && share >= stream.waits.at) return this.#blockOn();
    if (stream.notes.length > 0 && share > 0.3 && this.#team.chance(0.3)) return this.#note(stream.notes.shift());
    if (stream.mayPause && stream.made === 3) return this.#pause();
    if (this.#team.chance(0.25)) return this.#think();
    return this.#commit();
  }

  async #commit() {
    const { world } = this.#team;
    const stream = this.#stream;
    const planned = stream.commits[stream.made];
    const commit = await world.commit(await world.worktree(stream.id), planned, this.name);
    stream.made++; // git has it, whatever the server says
    await this.#call('add_commit', { streamId: stream.id, ...commit });
    this.#team.acknowledged.commits++;
    this.#say(`${commit.commitHash.slice(0, 7)}  ${planned.message}`, 'plain');
    await this.#report(Math.round((stream.made / stream.commits.length) * 99));
  }

  // Work that is not yet worth a commit.
  async #think() {
    const stream = this.#stream;
    const ceiling = Math.round(((stream.made + 1) / stream.commits.length) * 99) - 1;
    if (stream.progress + 1 > ceiling) return this.#commit();
    await this.#report(Math.min(ceiling, stream.progress + 1 + Math.floor(this.#team.random() * 3)));
  }

  /** Reports progress and, when it comes to that, a phase that is done. */
  async #report(progress) {
    const stream = this.#stream;
    if (progress <= stream.progress) return;
    const isPhaseDone = Math.floor((progress / 100) * stream.phases.length) > stream.done;
    await this.#call('update_stream', { streamId: stream.id, progress, ...(isPhaseDone ? { completePhase: String(stream.done) } : {}) });
    stream.progress = progress;
    if (!isPhaseDone) return;
    this.#say(`done: ${stream.phases[stream.done]}   ${progress} %`, 'good');
    stream.done++;
  }

  async #note(note) {
    await this.#call('update_stream', { streamId: this.#stream.id, note });
    this.#say(note, 'note');
  }

  async #ask() {
    const stream = this.#stream;
    const { text, choices } = stream.asks;
    await this.#call('update_stream', { streamId: stream.id, status: 'blocked', question: text, choices, note: `Can not go on without an answer: ${text}` });
    stream.question = { text, choices, patience: kPatience };
    stream.asks = null;
    this.#say(`asks: ${text}${choices.length ? `  (${choices.join(' / ')})` : ''}`, 'ask');
  }

  async #waitForAnswer() {
    const stream = this.#stream;
    const { question } = stream;
    if (!stream.answer) await this.#wait();
    if (stream.answer) {
      const { who, text } = stream.answer;
      stream.commits.splice(stream.made, 0, answerCommit(stream, text));
      await this.#goOn(`Decision by ${who}: ${text}`);
      this.#say(`goes on, ${who} said: ${text}`, 'good');
    } else if (!(await this.#call('get_stream', { streamId: stream.id })).question) {
      await this.#goOn(); // a person has taken the question back
    } else if (--question.patience <= 0) {
      await this.#call('update_stream', { streamId: stream.id, question: '' });
      await this.#goOn(`No answer yet. Going on with "${question.choices[0] ?? 'the shorter one'}"; it is easy to change later.`);
      this.#say('goes on without an answer', 'plain');
    } else {
      return;
    }
    stream.question = null;
    stream.answer = null;
  }

  async #goOn(note) {
    await this.#call('update_stream', { streamId: this.#stream.id, status: 'active', ...(note ? { note } : {}) });
  }

  async #blockOn() {
    const stream = this.#stream;
    const { for: other, why } = stream.waits;
    stream.waits = null;
    const blocker = await this.#call('get_stream', { streamId: other });
    if (isClosed(blocker)) return this.#commit();
    await this.#call('update_stream', { streamId: stream.id, status: 'blocked', blockers: [other], note: why });
    stream.waitsFor = other;
    this.#say(`waits for ${blocker.number} ${blocker.title}`, 'bad');
  }

  async #waitForOther() {
    const stream = this.#stream;
    await this.#wait();
    const now = await this.#call('get_stream', { streamId: stream.id });
    if (now.status === 'blocked') return;
    if (now.status !== 'active') await this.#goOn();
    const other = this.#team.plans.get(stream.waitsFor);
    stream.waitsFor = null;
    this.#say(`goes on: ${other?.number ?? 'what it waited for'} is done`, 'good');
  }

  async #wait() {
    this.#isInWait = true;
    try {
      await this.#call('wait_for_change', { streamIds: [this.#stream.id], timeoutSeconds: kWaitSeconds });
    } finally {
      this.#isInWait = false;
    }
  }

  async #complete() {
    const stream = this.#stream;
    await this.#call('update_stream', { streamId: stream.id, status: 'completed', progress: 100, completePhase: String(stream.phases.length - 1) });
    stream.isCompleted = true;
    this.#say(`completed: ${stream.title}`, 'good');
    return this.#moveOn();
  }

  /** The work lands on main, and the agent takes the next stream. */
  async #moveOn() {
    const stream = this.#stream;
    const next = await this.#next();
    const resolved = await this.#team.world.land(stream, this.name);
    if (resolved > 0) this.#say(`landed on main, after ${resolved} ${resolved === 1 ? 'conflict' : 'conflicts'}`, 'plain');
    await this.#begin(next);
  }

  async #pause() {
    const stream = this.#stream;
    stream.mayPause = false;
    await this.#call('claim_stream', { streamId: stream.id, action: 'release', note: 'Something more urgent came up. What is done is committed.' });
    this.#say('paused: something more urgent came up', 'plain');
    await this.#begin(await this.#next());
  }

  /** What people did meanwhile counts: a stream that they closed, released or gave away is left. */
  async #isStillMine() {
    const stream = this.#stream;
    const now = await this.#call('get_stream', { streamId: stream.id });
    stream.isInDoubt = false;
    return !isClosed(now) && now.claim?.agent === this.name;
  }

  async #leave() {
    this.#stream.isForPeople = true;
    this.#say('leaves it to whoever took it over', 'plain');
    await this.#begin(await this.#next());
  }

  async #begin(next) {
    await this.stop(); // the process ends with its worktree
    this.#take(next);
    if (this.#team.isEnding) return;
    await this.start();
    next.isInDoubt = true; // until the claim is acknowledged
    await this.#call('claim_stream', { streamId: next.id });
    next.isInDoubt = false;
    this.#say(`takes ${next.title}`, 'good');
    const other = this.#team.moving(next);
    if (other && next.made === 0 && this.#team.chance(0.35)) {
      next.waits = { at: 0.5, for: other.id, why: `Builds on ${other.number}, which is not there yet.` };
    }
  }

  #take(stream) {
    if (this.#stream) this.#team.working.delete(this.#stream.id);
    this.#team.working.set(stream.id, this);
    this.#stream = stream;
  }

  /** The most urgent of what is ready. Plans ahead when little is. */
  async #next() {
    const { plans, working } = this.#team;
    await this.#tidyUp();
    const open = new Set();
    for (const status of ['active', 'blocked', 'paused', 'initializing']) for (const row of await this.#list(status)) open.add(row.id);
    const isReady = (row) => plans.has(row.id) && !working.has(row.id) && !row.claimedBy && !plans.get(row.id).isForPeople && !row.blockers?.some((id) => open.has(id));
    const urgency = ['critical', 'high', 'medium', 'low'];
    const rows = [...await this.#list('initializing'), ...await this.#list('paused')].filter(isReady);
    rows.sort((a, b) => urgency.indexOf(a.priority ?? 'medium') - urgency.indexOf(b.priority ?? 'medium'));
    for (let missing = kReady - rows.length; missing > 0; missing--) rows.push(await this.#plan());
    for (const row of rows) {
      const plan = plans.get(row.id);
      if (working.has(plan.id)) continue; // taken while this agent was asking
      plan.number = row.number;
      working.set(plan.id, this);
      return plan;
    }
    const plan = plans.get((await this.#plan()).id);
    working.set(plan.id, this);
    return plan;
  }

  async #plan() {
    const idea = this.#team.idea();
    await this.#call('add_stream', {
      streamId: idea.id, title: idea.title, category: idea.category, priority: idea.priority, goal: idea.goal, estimatedPhases: idea.phases,
      branch: idea.id, worktreePath: path.join(this.#team.world.worktrees, idea.id),
    });
    const row = await this.#call('get_stream', { streamId: idea.id });
    idea.number = row.number;
    this.#say(`plans ${row.number} ${idea.title}`, 'plain');
    return row;
  }

  async #tidyUp() {
    const landed = (await this.#list('completed')).filter((row) => !this.#team.working.has(row.id)); // of the others an agent is at it
    landed.sort((a, b) => a.number.localeCompare(b.number));
    if (landed.length >= kOpenBoard) await this.#call('remove_stream', { streamId: landed[0].id, completionSummary: 'Landed on main.' });
  }

  async #list(status) {
    return (await this.#call('list_streams', { status, limit: 50 })).streams;
  }

  async #call(name, args) {
    const result = await this.#session.call(name, args);
    this.#team.acknowledged.calls++;
    for (const news of result.news ?? []) this.#hear(news);
    return result;
  }

  // "answer from mira on auth-rotation: May it? → No" · "message from mira: …" · "opened on key-escrow: …"
  #hear(news) {
    const [, kind, who, on, text] = /^(\w+)(?: from (\S+?))?(?: on (\S+?))?: (.*)$/s.exec(news) ?? [];
    const stream = this.#stream;
    if (kind === 'answer' && on === stream.id && stream.question) stream.answer = { who, text: text.slice(text.lastIndexOf('→') + 1).trim() };
    if (kind !== 'message') return;
    stream.notes.unshift(`Told by ${who}: ${text}`);
    this.#say(`hears from ${who}: ${text}`, 'ask');
  }

  #say(text, tone) {
    this.#team.tell(this.name, this.#stream.number, text, tone);
  }
}

// A call is refused for these when a person has closed or taken the stream under the agent.
const kPeoplesDoing = new Set(['already_claimed', 'claim_expired', 'stream_not_found', 'invalid_argument']);

const isClosed = (stream) => stream.status === 'completed' || stream.status === 'archived';

/** What the answer makes of the next commit. */
function answerCommit(stream, answer) {
  const outcome = stream.outcomes?.[answer];
  if (outcome) return { file: outcome[0], message: outcome[1] };
  const { file } = stream.commits.findLast((commit) => commit.change === undefined);
  return { file, message: `As decided: ${answer.length > 50 ? `${answer.slice(0, 49)}…` : answer}` };
}
