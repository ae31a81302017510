import { Top } from './top.tsx';

export function Agents() {
  return <Top title="Agents" />;
}
