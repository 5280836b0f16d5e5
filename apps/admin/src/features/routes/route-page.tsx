'use client'

import { ArrowRight } from 'lucide-react'
import { BoundPlugins } from '../entities/bound-plugins.tsx'
import { EntityForm } from '../entities/entity-form.tsx'
import { EntityCount, EntityName } from '../entities/entity-name.tsx'
import { EntityPage } from '../entities/entity-page.tsx'
import { ROUTE_CHOICES, ROUTE_SECTIONS, ROUTE_SUMMARY, routeAdvice } from './route-form.ts'
import { RouteMatches } from './route-matches.tsx'

export function RoutePage({ id }: { id: string }) {
  return (
    <EntityPage
      type="route"
      id={id}
      listHref="/routes"
      sub={(route) => (
        <>
          <RouteMatches route={route} />
          <span className="row">
            <ArrowRight className="i s i3" aria-hidden="true" />
            {route.service === null ? <span className="i3">no service</span> : <EntityName type="service" id={route.service.id} link />}
          </span>
        </>
      )}
      tabs={[
        {
          id: 'configuration',
          title: 'Configuration',
          render: (route) => <EntityForm type="route" row={route} sections={ROUTE_SECTIONS} choices={ROUTE_CHOICES} summary={ROUTE_SUMMARY} advice={routeAdvice} />,
        },
        {
          id: 'plugins',
          title: 'Plugins',
          count: <EntityCount type="plugin" where={{ route: id }} />,
          render: (route) => <BoundPlugins place={{ service: route.service?.id ?? null, route: route.id }} />,
        },
      ]}
    />
  )
}
