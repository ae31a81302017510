// Prints docs/context-cost.md: what stream-status and its peers put into an agent's context. Run by hand, see bench/README.md;
// needs `npm ci` in this directory, no network and no API key.
import { pageOf } from './page.mjs';
import { peers } from './peers.mjs';
import { otherSets, sessionOf, withScratch } from './session.mjs';

const kRuns = 3;

const only = process.argv.slice(2);
const wanted = peers.filter((peer) => only.length === 0 || only.includes(peer.key));
if (wanted.length === 0) {
  console.error(`no such server; there are ${peers.map((peer) => peer.key).join(', ')}`);
  process.exit(2);
}
const found = await withScratch(async () => {
  const results = [];
  for (const peer of wanted) {
    const runs = [];
    for (let i = 0; i < kRuns; ++i) {
      console.error(`${peer.name}: session ${i + 1} of ${kRuns}`);
      runs.push(await sessionOf(peer));
    }
    results.push({ peer, version: peer.version(), runs, sets: await otherSets(peer) });
  }
  return results;
});
if (process.env.CONTEXT_COST_CALLS) {
  for (const { peer, runs } of found)
    for (const call of runs[0].calls)
      console.error(`\n### ${peer.name} ${call.step}: ${call.tool} ${JSON.stringify(call.args)}\n${call.text}\n${JSON.stringify(call.structuredContent)}\n`
        + `said ${call.said.tokens}, text ${call.face.tokens} (${call.face.bytes}), structured ${call.structured?.tokens} (${call.structured?.bytes})`);
}
console.log(pageOf(found));
