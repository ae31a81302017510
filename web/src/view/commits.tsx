// The newest commits of all streams.
import { state } from '../live.ts';
import { count } from '../derive.ts';
import { Age } from './bits.tsx';

export function Commits() {
  const { commits, streams, stats, project } = state.value;
  return (
    <section class="commits" aria-label="Recent commits">
      <h2 class="sec">
        Commits
        {commits.length > 0 && <span class="x">{stats && `${count(stats.totalCommits)} · `}newest first</span>}
      </h2>
      {commits.length === 0 && project !== null && (
        <p class="none">No commits yet. They appear as agents make them.</p>
      )}
      <ol>
        {commits.map((commit) => {
          const stream = streams.get(commit.streamId);
          return (
            <li key={commit.id} title={commit.message}>
              <span class="sha" title={commit.commitHash}>
                {commit.commitHash.slice(0, 7)}
              </span>
              <span class="msg cut">{commit.message}</span>
              <span class="age">
                <Age since={commit.timestamp} />
              </span>
              <span class="by cut">
                <span class="num" title={stream?.title}>
                  {stream?.streamNumber ?? commit.streamId}
                </span>{' '}
                {commit.author}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
