// The seven numbers.
import { count } from '../derive.ts';
import { state } from '../live.ts';
import type { Stats } from '../model.ts';

const words: readonly (readonly [keyof Stats, string])[] = [
  ['activeStreams', 'open'],
  ['inProgress', 'in progress'],
  ['blocked', 'blocked'],
  ['readyToStart', 'ready to start'],
  ['completedToday', 'completed today'],
  ['commitsToday', 'commits today'],
  ['totalCommits', 'commits in all'],
];

export function Numbers() {
  const { stats } = state.value;
  return (
    <dl class="numbers" aria-label="Numbers of the project">
      {words.map(([key, word]) => (
        <div key={key} data-stat={key} data-zero={stats?.[key] ? undefined : ''}>
          <dt>{word}</dt>
          <dd>{stats ? count(stats[key]) : '–'}</dd>
        </div>
      ))}
    </dl>
  );
}
