-- CreateTable
CREATE TABLE "oauth2_credential" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revision" INTEGER NOT NULL,
    "updated_by" TEXT,
    "entity_hash" TEXT NOT NULL,
    "consumer_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "client_secret" TEXT NOT NULL,
    "client_type" TEXT NOT NULL,
    "redirect_uris" TEXT[],
    "tags" TEXT[],

    CONSTRAINT "oauth2_credential_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "oauth2_credential_consumer_id_idx" ON "oauth2_credential"("consumer_id");

-- CreateIndex
CREATE INDEX "oauth2_credential_workspace_id_idx" ON "oauth2_credential"("workspace_id");

-- CreateIndex
CREATE UNIQUE INDEX "oauth2_credential_workspace_id_client_id_key" ON "oauth2_credential"("workspace_id", "client_id");

-- AddForeignKey
ALTER TABLE "oauth2_credential" ADD CONSTRAINT "oauth2_credential_consumer_id_fkey" FOREIGN KEY ("consumer_id") REFERENCES "consumer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth2_credential" ADD CONSTRAINT "oauth2_credential_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


