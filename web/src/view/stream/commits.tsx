// The stream's commits, newest first, as the server lists them: hash, message, lines, age.
import { useState } from 'preact/hooks';
import { count } from '../../derive/format.ts';
import type { CommitMark } from '../../derive/history.ts';
import { state } from '../../live.ts';
import type { Commit, Stream } from '../../model.ts';
import { at, historyShown, isPast } from '../../past.ts';
import { useRead } from '../../reading.ts';
import { moment } from '../../ui.ts';
import { Age } from '../bits.tsx';

const firstShown = 6;
const pageSize = 100;

export function Commits({ stream }: { stream: Stream }) {
  const [most, setMost] = useState(firstShown);
  const { id } = stream;
  // What the log knows changes at once and asks for the whole.
  const marks = historyShown.value.streams.get(id)?.commits ?? [];
  const version = `${marks.length} ${marks.at(-1)?.commit.id} ${stream.recentActivity.lastCommitTime}`;
  const limit = Math.max(pageSize, most);
  const { value, failure } = useRead<{ commits: Commit[]; total: number }>(
    `/api/commits?limit=${limit}&streamId=${encodeURIComponent(id)}`,
    version,
  );
  const commits = at.value === null ? (value?.commits ?? []) : commitsThen(marks, value?.commits ?? [], at.value);
  const total = at.value === null ? (value?.total ?? 0) : commits.length;
  return (
    <section aria-label="Commits">
      <h3 class="sec">
        Commits<span class="x">{total > 0 && `${count(total)} · newest first`}</span>
      </h3>
      {failure && !value && <p class="t2 dim line">{failure.error}</p>}
      {value && total === 0 && (
        <p class="t2 dim line">
          {at.value !== null
            ? 'No commits then.'
            : stream.branch
              ? `No commits yet. Those on ${stream.branch} appear by themselves.`
              : 'No commits yet. It has no branch to find them on.'}
        </p>
      )}
      <ul class="cm">
        {commits.slice(0, most).map((commit) => (
          <li key={commit.id}>
            <span class="sha" title={commit.commitHash}>
              {commit.commitHash.slice(0, 7)}
            </span>
            <span class="cut" title={`${commit.message}\n${commit.author}`}>
              {commit.message.split('\n', 1)[0]}
            </span>
            <Lines insertions={commit.insertions} deletions={commit.deletions} />
            <span class="t2 dim r">
              <Age since={commit.timestamp} at={isPast.value ? moment.value : undefined} />
            </span>
          </li>
        ))}
      </ul>
      {total > most && (
        <button type="button" class="btn bare t2 live" onClick={() => setMost(most === firstShown ? pageSize : most + pageSize)}>
          {most === firstShown && total <= pageSize ? `Show all ${total}` : `Show more of ${count(total)}`}
        </button>
      )}
    </section>
  );
}

/** Of the past the log tells all, also those that a rebase took away since; what is older than the log, the list. */
function commitsThen(marks: readonly CommitMark[], listed: readonly Commit[], revision: number): Commit[] {
  const logged = marks.map(({ commit }) => commit);
  const first = state.value.log.events[0]?.revision ?? Infinity;
  const older = listed.filter((commit) => commit.revision < first && commit.revision <= revision);
  return [...older, ...logged].sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1));
}

export function Lines({ insertions, deletions }: { insertions: number; deletions: number }) {
  return (
    <span class="pm">
      <span class="done">+{insertions}</span> <span class="del">−{deletions}</span>
    </span>
  );
}
