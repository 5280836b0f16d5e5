'use client'

import { useSearchParams } from 'next/navigation'
import { useMemo } from 'react'
import { NewEntity } from '../entities/new-entity.tsx'
import { ROUTE_CHOICES, ROUTE_SECTIONS, ROUTE_SUMMARY, routeAdvice } from './route-form.ts'

/** `?service=` names the service that the route is made for. */
export function NewRoute() {
  const service = useSearchParams().get('service')
  const known = useMemo(() => (service === null ? {} : { service: { id: service } }), [service])
  return (
    <NewEntity
      type="route"
      intro="Says which requests a service gets."
      backHref={service === null ? '/routes' : `/services/${service}?tab=routes`}
      known={known}
      sections={ROUTE_SECTIONS}
      choices={ROUTE_CHOICES}
      summary={ROUTE_SUMMARY}
      advice={routeAdvice}
    />
  )
}
