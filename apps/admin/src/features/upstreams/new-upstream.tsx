'use client'

import { NewEntity } from '../entities/new-entity.tsx'
import { UPSTREAM_SECTIONS, UPSTREAM_SUMMARY, upstreamAdvice } from './upstream-form.ts'

export function NewUpstream() {
  return (
    <NewEntity
      type="upstream"
      intro="A group of targets. Those are added after it is created."
      backHref="/upstreams"
      sections={UPSTREAM_SECTIONS}
      summary={UPSTREAM_SUMMARY}
      advice={upstreamAdvice}
    />
  )
}
