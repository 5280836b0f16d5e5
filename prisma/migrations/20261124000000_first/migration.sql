-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "key_id" TEXT NOT NULL,
    "key_check" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workspace" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "content_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workspace_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "revision" (
    "workspace_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "author_kind" TEXT NOT NULL,
    "author_id" TEXT,
    "author_name" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "content_hash" TEXT NOT NULL,
    "changes" INTEGER NOT NULL,
    "committed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "revision_pkey" PRIMARY KEY ("workspace_id","number")
);

-- CreateTable
CREATE TABLE "change" (
    "id" BIGSERIAL NOT NULL,
    "workspace_id" UUID NOT NULL,
    "revision" INTEGER,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "entity_type" TEXT NOT NULL,
    "entity_id" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "op" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operator" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "operator_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "token_sha256" TEXT NOT NULL,
    "operator_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "one_time_token" (
    "token_sha256" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "operator_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "one_time_token_pkey" PRIMARY KEY ("token_sha256")
);

-- CreateTable
CREATE TABLE "sign_in_throttle" (
    "key" TEXT NOT NULL,
    "failures" INTEGER NOT NULL,
    "blocked_until" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_throttle_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "join_token" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "token_sha256" TEXT NOT NULL,
    "node_name" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "credential_sha256" TEXT,

    CONSTRAINT "join_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "node" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "credential_sha256" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),
    "hub_id" TEXT,
    "last_seen_at" TIMESTAMPTZ(3),
    "version" TEXT,
    "workers" INTEGER,
    "listen" JSONB,
    "plugins" TEXT[],
    "revision" INTEGER,
    "hash" TEXT,
    "applied_at" TIMESTAMPTZ(6),
    "rejected_revision" INTEGER,
    "rejected_issues" JSONB,
    "rejected_at" TIMESTAMPTZ(6),

    CONSTRAINT "node_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "node_applied" (
    "node_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "outcome" TEXT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "apply_ms" DOUBLE PRECISION,

    CONSTRAINT "node_applied_pkey" PRIMARY KEY ("node_id","revision")
);

-- CreateTable
CREATE TABLE "telemetry_cell" (
    "node_id" UUID NOT NULL,
    "at" INTEGER NOT NULL,
    "cell" JSONB NOT NULL,

    CONSTRAINT "telemetry_cell_pkey" PRIMARY KEY ("node_id","at")
);

-- CreateTable
CREATE TABLE "ca_certificate" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "cert" TEXT NOT NULL,
    "cert_digest" TEXT,
    "tags" TEXT[],

    CONSTRAINT "ca_certificate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "certificate" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "cert" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "cert_alt" TEXT,
    "key_alt" TEXT,
    "tags" TEXT[],

    CONSTRAINT "certificate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sni" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "certificate_id" UUID NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "sni_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "upstream" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "hash_on" TEXT NOT NULL,
    "hash_fallback" TEXT NOT NULL,
    "hash_on_header" TEXT,
    "hash_fallback_header" TEXT,
    "hash_on_cookie" TEXT,
    "hash_on_cookie_path" TEXT NOT NULL,
    "hash_on_query_arg" TEXT,
    "hash_fallback_query_arg" TEXT,
    "hash_on_uri_capture" TEXT,
    "hash_fallback_uri_capture" TEXT,
    "slots" INTEGER NOT NULL,
    "host_header" TEXT,
    "client_certificate_id" UUID,
    "use_srv_name" BOOLEAN NOT NULL,
    "healthchecks" JSONB NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "upstream_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "target" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "upstream_id" UUID NOT NULL,
    "target" TEXT NOT NULL,
    "weight" INTEGER NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "target_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "name" TEXT,
    "protocol" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "path" TEXT,
    "retries" INTEGER NOT NULL,
    "connect_timeout" INTEGER NOT NULL,
    "write_timeout" INTEGER NOT NULL,
    "read_timeout" INTEGER NOT NULL,
    "client_certificate_id" UUID,
    "tls_verify" BOOLEAN,
    "tls_verify_depth" INTEGER,
    "ca_certificates" JSONB,
    "enabled" BOOLEAN NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "service_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "route" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "name" TEXT,
    "service_id" UUID,
    "protocols" TEXT[],
    "methods" JSONB,
    "hosts" JSONB,
    "paths" JSONB,
    "headers" JSONB,
    "snis" JSONB,
    "sources" JSONB,
    "destinations" JSONB,
    "strip_path" BOOLEAN NOT NULL,
    "preserve_host" BOOLEAN NOT NULL,
    "path_handling" TEXT NOT NULL,
    "regex_priority" INTEGER NOT NULL,
    "https_redirect_status_code" INTEGER NOT NULL,
    "request_buffering" BOOLEAN NOT NULL,
    "response_buffering" BOOLEAN NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "route_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consumer_group" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "consumer_group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consumer" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "username" TEXT,
    "custom_id" TEXT,
    "groups" UUID[],
    "tags" TEXT[],

    CONSTRAINT "consumer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "keyauth_credential" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "consumer_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "ttl" INTEGER,
    "tags" TEXT[],

    CONSTRAINT "keyauth_credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "basicauth_credential" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "consumer_id" UUID NOT NULL,
    "username" TEXT NOT NULL,
    "password" TEXT NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "basicauth_credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hmacauth_credential" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "consumer_id" UUID NOT NULL,
    "username" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "hmacauth_credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "jwt_secret" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "consumer_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "rsa_public_key" TEXT,
    "tags" TEXT[],

    CONSTRAINT "jwt_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "acl" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "consumer_id" UUID NOT NULL,
    "group" TEXT NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "acl_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plugin" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "instance_name" TEXT,
    "service_id" UUID,
    "route_id" UUID,
    "consumer_id" UUID,
    "consumer_group_id" UUID,
    "config" JSONB NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "protocols" TEXT[],
    "binding" TEXT NOT NULL,
    "tags" TEXT[],

    CONSTRAINT "plugin_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "workspace_name_key" ON "workspace"("name");

-- CreateIndex
CREATE INDEX "change_workspace_id_revision_id_idx" ON "change"("workspace_id", "revision", "id");

-- CreateIndex
CREATE INDEX "change_workspace_id_entity_type_entity_id_idx" ON "change"("workspace_id", "entity_type", "entity_id");

-- CreateIndex
CREATE UNIQUE INDEX "operator_email_key" ON "operator"("email");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_sha256_key" ON "session"("token_sha256");

-- CreateIndex
CREATE INDEX "session_operator_id_idx" ON "session"("operator_id");

-- CreateIndex
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

-- CreateIndex
CREATE INDEX "one_time_token_purpose_idx" ON "one_time_token"("purpose");

-- CreateIndex
CREATE INDEX "sign_in_throttle_updated_at_idx" ON "sign_in_throttle"("updated_at");

-- CreateIndex
CREATE UNIQUE INDEX "join_token_token_sha256_key" ON "join_token"("token_sha256");

-- CreateIndex
CREATE UNIQUE INDEX "node_credential_sha256_key" ON "node"("credential_sha256");

-- CreateIndex
CREATE UNIQUE INDEX "node_workspace_id_name_key" ON "node"("workspace_id", "name");

-- CreateIndex
CREATE INDEX "telemetry_cell_at_idx" ON "telemetry_cell"("at");

-- CreateIndex
CREATE INDEX "ca_certificate_workspace_id_created_at_idx" ON "ca_certificate"("workspace_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "ca_certificate_workspace_id_cert_digest_key" ON "ca_certificate"("workspace_id", "cert_digest");

-- CreateIndex
CREATE INDEX "certificate_workspace_id_created_at_idx" ON "certificate"("workspace_id", "created_at");

-- CreateIndex
CREATE INDEX "sni_certificate_id_idx" ON "sni"("certificate_id");

-- CreateIndex
CREATE INDEX "sni_workspace_id_idx" ON "sni"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "sni_workspace_id_name_key" ON "sni"("workspace_id", "name");

-- CreateIndex
CREATE INDEX "upstream_client_certificate_id_idx" ON "upstream"("client_certificate_id");

-- CreateIndex
CREATE INDEX "upstream_workspace_id_idx" ON "upstream"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "upstream_workspace_id_name_key" ON "upstream"("workspace_id", "name");

-- CreateIndex
CREATE INDEX "target_upstream_id_idx" ON "target"("upstream_id");

-- CreateIndex
CREATE INDEX "target_workspace_id_created_at_idx" ON "target"("workspace_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "target_workspace_id_upstream_id_target_key" ON "target"("workspace_id", "upstream_id", "target");

-- CreateIndex
CREATE INDEX "service_client_certificate_id_idx" ON "service"("client_certificate_id");

-- CreateIndex
CREATE INDEX "service_workspace_id_idx" ON "service"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "service_workspace_id_name_key" ON "service"("workspace_id", "name");

-- CreateIndex
CREATE INDEX "route_service_id_idx" ON "route"("service_id");

-- CreateIndex
CREATE INDEX "route_workspace_id_idx" ON "route"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "route_workspace_id_name_key" ON "route"("workspace_id", "name");

-- CreateIndex
CREATE INDEX "consumer_group_workspace_id_idx" ON "consumer_group"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "consumer_group_workspace_id_name_key" ON "consumer_group"("workspace_id", "name");

-- CreateIndex
CREATE INDEX "consumer_workspace_id_idx" ON "consumer"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "consumer_workspace_id_username_key" ON "consumer"("workspace_id", "username");

-- CreateIndex
CREATE UNIQUE INDEX "consumer_workspace_id_custom_id_key" ON "consumer"("workspace_id", "custom_id");

-- CreateIndex
CREATE INDEX "keyauth_credential_consumer_id_idx" ON "keyauth_credential"("consumer_id");

-- CreateIndex
CREATE INDEX "keyauth_credential_workspace_id_created_at_idx" ON "keyauth_credential"("workspace_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "keyauth_credential_workspace_id_key_key" ON "keyauth_credential"("workspace_id", "key");

-- CreateIndex
CREATE INDEX "basicauth_credential_consumer_id_idx" ON "basicauth_credential"("consumer_id");

-- CreateIndex
CREATE INDEX "basicauth_credential_workspace_id_idx" ON "basicauth_credential"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "basicauth_credential_workspace_id_username_key" ON "basicauth_credential"("workspace_id", "username");

-- CreateIndex
CREATE INDEX "hmacauth_credential_consumer_id_idx" ON "hmacauth_credential"("consumer_id");

-- CreateIndex
CREATE INDEX "hmacauth_credential_workspace_id_idx" ON "hmacauth_credential"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "hmacauth_credential_workspace_id_username_key" ON "hmacauth_credential"("workspace_id", "username");

-- CreateIndex
CREATE INDEX "jwt_secret_consumer_id_idx" ON "jwt_secret"("consumer_id");

-- CreateIndex
CREATE INDEX "jwt_secret_workspace_id_created_at_idx" ON "jwt_secret"("workspace_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "jwt_secret_workspace_id_key_key" ON "jwt_secret"("workspace_id", "key");

-- CreateIndex
CREATE INDEX "acl_consumer_id_idx" ON "acl"("consumer_id");

-- CreateIndex
CREATE INDEX "acl_workspace_id_created_at_idx" ON "acl"("workspace_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "acl_workspace_id_consumer_id_group_key" ON "acl"("workspace_id", "consumer_id", "group");

-- CreateIndex
CREATE INDEX "plugin_service_id_idx" ON "plugin"("service_id");

-- CreateIndex
CREATE INDEX "plugin_route_id_idx" ON "plugin"("route_id");

-- CreateIndex
CREATE INDEX "plugin_consumer_id_idx" ON "plugin"("consumer_id");

-- CreateIndex
CREATE INDEX "plugin_consumer_group_id_idx" ON "plugin"("consumer_group_id");

-- CreateIndex
CREATE INDEX "plugin_workspace_id_idx" ON "plugin"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "plugin_workspace_id_instance_name_key" ON "plugin"("workspace_id", "instance_name");

-- CreateIndex
CREATE UNIQUE INDEX "plugin_workspace_id_name_binding_key" ON "plugin"("workspace_id", "name", "binding");

-- AddForeignKey
ALTER TABLE "revision" ADD CONSTRAINT "revision_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "change" ADD CONSTRAINT "change_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operator"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "one_time_token" ADD CONSTRAINT "one_time_token_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operator"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "join_token" ADD CONSTRAINT "join_token_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "node" ADD CONSTRAINT "node_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "node_applied" ADD CONSTRAINT "node_applied_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "telemetry_cell" ADD CONSTRAINT "telemetry_cell_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ca_certificate" ADD CONSTRAINT "ca_certificate_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "certificate" ADD CONSTRAINT "certificate_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sni" ADD CONSTRAINT "sni_certificate_id_fkey" FOREIGN KEY ("certificate_id") REFERENCES "certificate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sni" ADD CONSTRAINT "sni_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "upstream" ADD CONSTRAINT "upstream_client_certificate_id_fkey" FOREIGN KEY ("client_certificate_id") REFERENCES "certificate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "upstream" ADD CONSTRAINT "upstream_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target" ADD CONSTRAINT "target_upstream_id_fkey" FOREIGN KEY ("upstream_id") REFERENCES "upstream"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target" ADD CONSTRAINT "target_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_client_certificate_id_fkey" FOREIGN KEY ("client_certificate_id") REFERENCES "certificate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "route" ADD CONSTRAINT "route_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "route" ADD CONSTRAINT "route_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consumer_group" ADD CONSTRAINT "consumer_group_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consumer" ADD CONSTRAINT "consumer_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "keyauth_credential" ADD CONSTRAINT "keyauth_credential_consumer_id_fkey" FOREIGN KEY ("consumer_id") REFERENCES "consumer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "keyauth_credential" ADD CONSTRAINT "keyauth_credential_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "basicauth_credential" ADD CONSTRAINT "basicauth_credential_consumer_id_fkey" FOREIGN KEY ("consumer_id") REFERENCES "consumer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "basicauth_credential" ADD CONSTRAINT "basicauth_credential_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hmacauth_credential" ADD CONSTRAINT "hmacauth_credential_consumer_id_fkey" FOREIGN KEY ("consumer_id") REFERENCES "consumer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hmacauth_credential" ADD CONSTRAINT "hmacauth_credential_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "jwt_secret" ADD CONSTRAINT "jwt_secret_consumer_id_fkey" FOREIGN KEY ("consumer_id") REFERENCES "consumer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "jwt_secret" ADD CONSTRAINT "jwt_secret_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "acl" ADD CONSTRAINT "acl_consumer_id_fkey" FOREIGN KEY ("consumer_id") REFERENCES "consumer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "acl" ADD CONSTRAINT "acl_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plugin" ADD CONSTRAINT "plugin_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plugin" ADD CONSTRAINT "plugin_route_id_fkey" FOREIGN KEY ("route_id") REFERENCES "route"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plugin" ADD CONSTRAINT "plugin_consumer_id_fkey" FOREIGN KEY ("consumer_id") REFERENCES "consumer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plugin" ADD CONSTRAINT "plugin_consumer_group_id_fkey" FOREIGN KEY ("consumer_group_id") REFERENCES "consumer_group"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plugin" ADD CONSTRAINT "plugin_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


