import { Top } from './top.tsx';

export function Charts() {
  return <Top title="Charts" />;
}
