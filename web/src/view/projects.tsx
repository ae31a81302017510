import { Top } from './top.tsx';

export function Projects() {
  return <Top title="Projects" />;
}
