'use client'

import { ArrowRight } from 'lucide-react'
import { BoundPlugins } from '../entities/bound-plugins.tsx'
import { EnabledButton, EnabledChip } from '../entities/enabled.tsx'
import { EntityForm } from '../entities/entity-form.tsx'
import { EntityCount } from '../entities/entity-name.tsx'
import { EntityPage } from '../entities/entity-page.tsx'
import { RoutesOfService } from '../routes/routes-of-service.tsx'
import { addressOf } from './address.ts'
import { CanaryShare } from './canary-share.tsx'
import { SERVICE_CONTROLS } from './new-service.tsx'
import { SERVICE_SECTIONS, SERVICE_SUMMARY, serviceAdvice } from './service-form.ts'

export function ServicePage({ id }: { id: string }) {
  return (
    <EntityPage
      type="service"
      id={id}
      listHref="/services"
      chips={(service) => <EnabledChip enabled={service.enabled} />}
      sub={(service) => (
        <span className="row">
          <ArrowRight className="i s i3" aria-hidden="true" />
          <span className="mono">{addressOf(service)}</span>
        </span>
      )}
      actions={(service) => <EnabledButton type="service" row={service} />}
      tabs={[
        {
          id: 'configuration',
          title: 'Configuration',
          render: (service) => <EntityForm type="service" row={service} sections={SERVICE_SECTIONS} summary={SERVICE_SUMMARY} controls={SERVICE_CONTROLS} advice={serviceAdvice} />,
        },
        { id: 'routes', title: 'Routes', count: <EntityCount type="route" where={{ service: id }} />, render: (service) => <RoutesOfService service={service.id} /> },
        {
          id: 'plugins',
          title: 'Plugins',
          count: <EntityCount type="plugin" where={{ service: id }} />,
          render: (service) => <BoundPlugins place={{ service: service.id, route: null }} />,
        },
        { id: 'canary', title: 'Canary', count: <CanaryShare service={id} />, href: `/services/${id}/canary` },
      ]}
    />
  )
}
