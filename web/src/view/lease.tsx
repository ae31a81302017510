// What is left of a lease. The page knows its end only: it is measured against the longest that was seen to be left.
import type { Claim } from '../model.ts';
import { now } from '../ui.ts';

/** As config.json has it unless it says otherwise. */
const usualMs = 15 * 60_000;
let longestMs = usualMs;

export function LeaseBar({ claim }: { claim: Claim }) {
  if (!claim.expiresAt) return null;
  const left = Math.max(0, Date.parse(claim.expiresAt) - now.value);
  longestMs = Math.max(longestMs, left);
  return (
    <span
      class="lease"
      role="img"
      aria-label={`${Math.round(left / 60_000)} minutes left`}
      style={{ '--w': `${Math.round((100 * left) / longestMs)}%` }}
    />
  );
}
