// A simulated agent: a real `stream-status mcp` process in a real worktree, driven turn by turn. What it does next
// follows from the stream it is on; what it knows of other streams it asks the server, as a real agent would.
import { McpSession, ToolError } from './mcp.mjs';
import { agentName, land, phaseAt } from './project.mjs';
import { backlog, backlogCommits, backlogPhases, streams } from './plot.mjs';

const kOpenBoard = 5; // so many completed streams stay on the board; older ones are archived
const kReady = 3; // so many streams wait to be taken; an agent that sees fewer plans another

/** What the five agents share: the plans of all streams, who is on which, and what the server acknowledged. */
export class Team {
  plans = new Map();
  working = new Map(); // stream id → Agent
  acknowledged = { calls: 0, commits: 0, errors: 0 };
  #nextIdea = 0;

  constructor(world, random, tell) {
    this.world = world;
    this.random = random;
    this.tell = tell;
    for (const stream of streams) {
      const made = stream.made ?? stream.commits.length;
      this.plans.set(stream.id, { ...stream, made, progress: Math.round((made / stream.commits.length) * 100) });
    }
  }

  chance(share) { return this.random() < share; }

  /** A title that is not on the board yet; after the last one the list starts again as a second part. */
  idea() {
    const round = Math.floor(this.#nextIdea / backlog.length);
    const [id, title, category, priority, folder] = backlog[this.#nextIdea++ % backlog.length];
    const suffix = round ? `-${round + 1}` : '';
    const plan = {
      id: id + suffix, title: round ? `${title}, part ${round + 1}` : title, category, priority,
      phases: backlogPhases, commits: backlogCommits(title, folder + suffix), made: 0, progress: 0, mayPause: this.chance(0.3),
    };
    this.plans.set(plan.id, plan);
    return plan;
  }

  /** A young stream that another agent moves, to wait for; waiting never goes in a circle. Undefined: there is none. */
  moving(except) {
    const plans = [...this.working.keys()].map((id) => this.plans.get(id));
    return plans.findLast((plan) => plan !== except && !plan.waits && !plan.waitsFor && plan.made < plan.commits.length / 2);
  }
}

export class Agent {
  #team;
  #client;
  #stream; // its plan, and how far it is: made, progress, number, waits, waitsFor
  #session = null;
  #noted = 0;

  constructor(team, client, stream) {
    this.#team = team;
    this.#client = client;
    this.#take(team.plans.get(stream.id));
  }

  get name() { return agentName(this.#client, this.#stream.id); }

  async start() {
    const { world } = this.#team;
    const cwd = await world.worktree(this.#stream.id);
    this.#session = await McpSession.open({ program: world.program, cwd, env: world.env, client: this.#client });
  }

  async stop() {
    await this.#session?.close();
    this.#session = null;
  }

  /** One thing an agent does between two thoughts. Never throws: what failed is told, and the next turn goes on. */
  async turn() {
    try {
      if (!this.#session) await this.start();
      await this.#step();
    } catch (error) {
      if (this.#team.isEnding) return;
      this.#team.acknowledged.errors++;
      this.#say(`${error.message.split('\n')[0]}`, 'bad');
      if (!(error instanceof ToolError)) await this.stop().catch(() => {});
    }
  }

  async #step() {
    const stream = this.#stream;
    if (stream.waitsFor) return this.#look();
    if (stream.made === stream.commits.length) return this.#complete();
    if (stream.waits && stream.progress >= stream.waits.at * 100) return this.#wait();
    if (stream.notes && this.#noted < stream.notes.length && this.#team.chance(0.2)) return this.#note();
    if (stream.mayPause && stream.made === 2) return this.#pause();
    if (this.#team.chance(0.3)) return this.#think();
    return this.#commit();
  }

  async #commit() {
    const { world } = this.#team;
    const stream = this.#stream;
    const [file, message] = stream.commits[stream.made];
    const commit = await world.commit(await world.worktree(stream.id), file, message, this.name);
    stream.made++; // git has it, whatever the server says
    await this.#call('add_commit', { streamId: stream.id, ...commit });
    this.#team.acknowledged.commits++;
    const moved = await this.#progress(Math.round((stream.made / stream.commits.length) * 100));
    this.#say(`${moved}  commit ${commit.commitHash.slice(0, 7)} ${message}`, 'commit');
  }

  // Work that is not yet worth a commit.
  async #think() {
    const stream = this.#stream;
    const ceiling = Math.round(((stream.made + 1) / stream.commits.length) * 100) - 2;
    if (stream.progress + 2 > ceiling) return this.#commit();
    const moved = await this.#progress(Math.min(ceiling, stream.progress + 2 + Math.floor(this.#team.random() * 5)));
    this.#say(moved, 'plain');
  }

  /** Reports progress and, when it comes to that, the next phase; gives the words for the log. */
  async #progress(progress) {
    const stream = this.#stream;
    const before = stream.progress;
    const phase = phaseAt(progress, stream.phases.length);
    const isNewPhase = phase !== phaseAt(before, stream.phases.length);
    await this.#call('update_stream', { streamId: stream.id, progress, ...(isNewPhase ? { currentPhase: phase } : {}) });
    stream.progress = progress;
    return `${percent(before)} → ${percent(progress)}${isNewPhase ? `  now: ${stream.phases[phase]}` : ''}`;
  }

  async #note() {
    const note = this.#stream.notes[this.#noted++];
    await this.#call('update_stream', { streamId: this.#stream.id, note });
    this.#say(`note: ${note}`, 'plain');
  }

  async #wait() {
    const stream = this.#stream;
    const { for: other, why } = stream.waits;
    delete stream.waits;
    const blocker = await this.#call('get_stream', { streamId: other });
    if (isDone(blocker)) return this.#commit();
    await this.#call('update_stream', { streamId: stream.id, status: 'blocked', blockedBy: other, note: why });
    stream.waitsFor = other;
    this.#say(`blocked by ${blocker.number}: ${why}`, 'bad');
  }

  async #look() {
    const stream = this.#stream;
    const blocker = await this.#call('get_stream', { streamId: stream.waitsFor });
    if (!isDone(blocker)) return;
    await this.#call('update_stream', { streamId: stream.id, status: 'active', blockedBy: '' });
    stream.waitsFor = null;
    this.#say(`goes on: ${blocker.number} is done`, 'good');
  }

  async #complete() {
    const stream = this.#stream;
    if (!stream.isReported) {
      await this.#call('update_stream', { streamId: stream.id, status: 'completed', progress: 100, currentPhase: stream.phases.length - 1 });
      stream.isReported = true;
      this.#say(`completed: ${stream.title}`, 'good');
    }
    const next = await this.#next();
    await this.stop(); // the worktree it stands in goes
    if (!await land(this.#team.world, stream)) this.#say('conflicts with main; the branch stays', 'bad');
    await this.#begin(next);
  }

  async #pause() {
    const stream = this.#stream;
    stream.mayPause = false;
    await this.#call('update_stream', { streamId: stream.id, status: 'paused', note: 'Something more urgent came up.' });
    this.#say('paused: something more urgent came up', 'plain');
    const next = await this.#next();
    await this.stop();
    await this.#begin(next);
  }

  async #begin(next) {
    this.#take(next);
    await this.start();
    const worktreePath = await this.#team.world.worktree(next.id);
    await this.#call('update_stream', { streamId: next.id, status: 'active', blockedBy: '', branch: next.id, worktreePath });
    this.#say(`takes ${next.title}`, 'good');
    const other = this.#team.moving(next);
    if (other && next.made === 0 && this.#team.chance(0.4)) {
      next.waits = { at: 0.5, for: other.id, why: `Builds on ${other.number}, which is not there yet.` };
    }
  }

  #take(stream) {
    if (this.#stream) this.#team.working.delete(this.#stream.id);
    this.#team.working.set(stream.id, this);
    this.#stream = stream;
    this.#noted = 0;
  }

  /** What was waiting for this stream, else the most urgent ready one. Plans ahead when little is ready. */
  async #next() {
    const { plans, working } = this.#team;
    await this.#tidyUp();
    const freed = (await this.#list('blocked')).filter((row) => row.blockers?.includes(this.#stream.id));
    const ready = [...await this.#list('initializing'), ...await this.#list('paused')];
    const isFree = (row) => plans.has(row.id) && !working.has(row.id) && row.id !== this.#stream.id;
    const urgency = ['critical', 'high', 'medium', 'low'];
    const rows = [...freed, ...ready.sort((a, b) => urgency.indexOf(a.priority) - urgency.indexOf(b.priority))].filter(isFree);
    for (let missing = kReady - rows.length; missing > 0; missing--) rows.push(await this.#plan());
    for (const row of rows) {
      const plan = plans.get(row.id);
      if (working.has(plan.id)) continue; // taken while this agent was asking
      plan.number = row.number;
      working.set(plan.id, this);
      return plan;
    }
    throw new Error('nothing to do'); // not with two more streams than agents that look at once; the next turn asks again
  }

  async #plan() {
    const idea = this.#team.idea();
    await this.#call('add_stream', {
      streamId: idea.id, title: idea.title, category: idea.category, priority: idea.priority, estimatedPhases: idea.phases,
    });
    this.#say(`plans ${idea.title}`, 'plain');
    return this.#call('get_stream', { streamId: idea.id });
  }

  async #tidyUp() {
    const completed = await this.#list('completed');
    const oldest = completed.sort((a, b) => a.number.localeCompare(b.number));
    if (completed.length <= kOpenBoard) return;
    await this.#call('remove_stream', { streamId: oldest[0].id, completionSummary: 'Landed on main.' });
  }

  async #list(status) {
    return (await this.#call('list_streams', { status, limit: 50 })).streams;
  }

  async #call(name, args) {
    const result = await this.#session.call(name, args);
    this.#team.acknowledged.calls++;
    return result;
  }

  #say(text, tone) {
    this.#team.tell(this.name, this.#stream.number, text, tone);
  }
}

const isDone = (stream) => stream.status === 'completed' || stream.status === 'archived';
const percent = (value) => `${String(value).padStart(3)} %`;
