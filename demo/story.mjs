// How a stream is told: from a plan (when it is worked on, held up, and how it ends) to the acts of an event log.
// Times are shares of the work that was done in all those days, from 0 to 100, so that nights pass quickly.
import { between } from './chance.mjs';

const kMinute = 60_000;
const kStep = 10 * kMinute;

// How much is done in each hour of a day, by the clock on the wall.
const kByHour = [1, 1, 1, 1, 1, 1, 2, 10, 40, 90, 100, 100, 60, 70, 100, 100, 95, 80, 50, 25, 30, 25, 10, 3];
const kLastHours = 2; // work goes on when the story is told, whatever the hour

export class WorkClock {
  #begin;
  #sums = [0]; // work done after each step
  #now;

  constructor(now, days) {
    this.#now = now;
    this.#begin = now - days * 24 * 60 * kMinute;
    for (let at = this.#begin; at < now; at += kStep) {
      const isLate = now - at <= kLastHours * 60 * kMinute;
      this.#sums.push(this.#sums.at(-1) + (isLate ? 100 : kByHour[new Date(at).getHours()]));
    }
  }

  /** The time in ms at which `share` of 100 was done. */
  at(share) {
    const wanted = (Math.min(Math.max(share, 0), 100) / 100) * this.#sums.at(-1);
    let low = 0;
    let high = this.#sums.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#sums[middle] <= wanted) low = middle; else high = middle;
    }
    const within = (wanted - this.#sums[low]) / (this.#sums[high] - this.#sums[low] || 1);
    return Math.min(this.#now, Math.round(this.#begin + (low + within) * kStep));
  }
}

/**
 * The acts of one stream. `plan`:
 *   id, stream (as EventLog's create), planner, created: share
 *   parts: [{kind: 'work' | 'blocked' | 'paused', from, to, agent, …}], one after another;
 *     blocked: why, blockers?, question?: {text, choices, answer?}; paused: note?; work: handover? (its note for the next)
 *   commits: [{message, …}], spread over the work · notes: [text] · progress: at the end of all work
 *   ends: 'open' | 'completed' | 'archived', archived: share, summary
 * Each commit act gets the very object of the plan, to be filled in; `author` is whoever works then.
 */
export function tell(plan, clock, random) {
  const { id } = plan;
  const acts = [{ at: clock.at(plan.created), agent: plan.planner, id, act: 'create', stream: plan.stream }];
  const last = plan.parts.at(-1);
  plan.parts.forEach((part, index) => acts.push(...change(plan, plan.parts[index - 1], part, clock)));
  acts.push(...work(plan, clock, random));
  if (last && plan.ends !== 'open') {
    acts.push({ at: clock.at(last.to), agent: last.agent, id, act: 'update', status: 'completed', completePhase: plan.stream.phases.length - 1, progress: 100 });
  }
  if (plan.ends === 'archived') acts.push({ at: clock.at(plan.archived), agent: plan.planner, id, act: 'archive', note: plan.summary });
  return acts;
}

/** What happens between two parts. */
function change(plan, before, part, clock) {
  const { id } = plan;
  const at = clock.at(part.from);
  const update = (fields) => ({ at, agent: part.agent, id, act: 'update', ...fields });
  const acts = [];
  if (part.kind === 'blocked') {
    const { question } = part;
    acts.push(update({ status: 'blocked', note: part.why, ...(part.blockers ? { blockers: part.blockers } : {}), ...(question ? { question } : {}) }));
    if (question?.answer) acts.push({ at: clock.at(part.to) - kMinute, agent: plan.planner, id, act: 'answer', text: question.answer });
  } else if (part.kind === 'paused') {
    acts.push({ at, agent: part.agent, id, act: 'release', note: part.note });
  } else if (before?.kind === 'blocked' && before.agent === part.agent) {
    acts.push({ ...update({ status: 'active' }), at: at + kMinute });
  } else {
    if (before?.kind === 'work') acts.push({ at: at - kMinute, agent: before.agent, id, act: 'release', note: before.handover });
    acts.push({ at, agent: part.agent, id, act: 'claim' });
  }
  return acts;
}

/** Commits, progress, phases and notes, spread over the parts in which somebody works. */
function work(plan, clock, random) {
  const { id } = plan;
  const parts = plan.parts.filter((part) => part.kind === 'work');
  const total = parts.reduce((sum, part) => sum + part.to - part.from, 0);
  if (total <= 0) return [];
  /** The moment at which `share` of 1 of this stream's work was done, and by whom. */
  const moment = (share) => {
    let rest = share * total;
    for (const part of parts) {
      const length = part.to - part.from;
      // Off the part's ends: what happens there has its own acts.
      if (rest <= length || part === parts.at(-1)) {
        const from = clock.at(part.from) + 2 * kMinute;
        const to = Math.max(from, clock.at(part.to) - kMinute);
        return { at: Math.min(to, Math.max(from, clock.at(part.from + rest))), agent: part.agent };
      }
      rest -= length;
    }
    return null;
  };
  const acts = [];
  const act = (share, fields) => {
    const { at, agent } = moment(share);
    acts.push({ at: at + acts.length % 977, agent, id, ...fields }); // some ms apart: no two at once
  };
  const count = plan.commits.length;
  const end = plan.ends === 'open' ? plan.progress : 99;
  const phases = plan.stream.phases.length;
  let progress = 0;
  let done = 0;
  let noted = 0;
  const report = (share, wanted) => {
    const phase = Math.floor((wanted / 100) * phases);
    for (; done < phase; done++) act(share, { act: 'update', completePhase: done });
    if (wanted > progress) act(share, { act: 'update', progress: wanted });
    progress = Math.max(progress, wanted);
  };
  const shares = plan.commits.map((_, index) => (index + between(random, 0.15, 0.95)) / count);
  shares.forEach((share, index) => {
    const commit = plan.commits[index];
    const { agent } = moment(share);
    if (random() < 0.5) report((index + 0.12) / count, Math.round(((index + 0.5) / count) * end)); // work that is not yet a commit
    act(share, { act: 'commit', commit: Object.assign(commit, { author: commit.author ?? agent }) });
    if (random() < 0.85 || index === count - 1) report(share + 0.1 / count, Math.round(((index + 1) / count) * end));
    for (; noted < plan.notes.length && (noted + 1) / (plan.notes.length + 1) <= (index + 1) / count; noted++) {
      act(share + 0.2 / count, { act: 'update', note: plan.notes[noted] });
    }
  });
  return acts;
}
