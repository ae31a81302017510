// The stream's commits, newest first, as the server lists them: hash, message, lines, age.
import { useState } from 'preact/hooks';
import { count } from '../../derive/format.ts';
import type { Commit, Stream } from '../../model.ts';
import { at, history } from '../../past.ts';
import { useRead } from '../../reading.ts';
import { Age } from '../bits.tsx';

const firstShown = 6;
const pageSize = 100;

export function Commits({ stream }: { stream: Stream }) {
  const [most, setMost] = useState(firstShown);
  const { id } = stream;
  // What the log knows changes at once and asks for the whole.
  const marks = history.value.streams.get(id)?.commits ?? [];
  const version = `${marks.length} ${marks.at(-1)?.commit.id} ${stream.recentActivity.lastCommitTime}`;
  const limit = Math.max(pageSize, most);
  const { value, failure } = useRead<{ commits: Commit[]; total: number }>(
    `/api/commits?limit=${limit}&streamId=${encodeURIComponent(id)}`,
    version,
  );
  const commits = (value?.commits ?? []).filter(({ revision }) => at.value === null || revision <= at.value);
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
              <Age since={commit.timestamp} />
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

export function Lines({ insertions, deletions }: { insertions: number; deletions: number }) {
  return (
    <span class="pm">
      <span class="done">+{insertions}</span> <span class="del">−{deletions}</span>
    </span>
  );
}
