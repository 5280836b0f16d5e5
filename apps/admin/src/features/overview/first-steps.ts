export interface Step {
  title: string
  text: string
  href: string
  action: string
  isDone: boolean
}

/** What stands between a fresh control plane and its first request, in order; empty once all of it is done. */
export function firstSteps(has: { nodes: number; services: number; routes: number }): Step[] {
  const steps: Step[] = [
    {
      title: 'Join a node',
      text: 'Nodes carry the traffic. One command with a one-time token starts one and joins it.',
      href: '/nodes',
      action: 'Join a node',
      isDone: has.nodes > 0,
    },
    {
      title: 'Add a service',
      text: 'A service is one of your applications as the gateway reaches it.',
      href: '/services/new',
      action: 'New service',
      isDone: has.services > 0,
    },
    {
      title: 'Add a route',
      text: 'A route says which requests go to that service: by path, host, method or header.',
      href: '/routes/new',
      action: 'New route',
      isDone: has.routes > 0,
    },
  ]
  return steps.every((step) => step.isDone) ? [] : steps
}
