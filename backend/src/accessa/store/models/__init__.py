"""The tables as SQLAlchemy models, for migrations and for users' own queries."""

from __future__ import annotations

from accessa.store.models.audits import AuditRun
from accessa.store.models.base import SCHEMA, Base
from accessa.store.models.buffers import DocumentChunk, DocumentVector
from accessa.store.models.calls import EmbeddingBatch, ParseRun, ProviderCall, WebhookDelivery
from accessa.store.models.documents import ChunkSet, Document, ParsedText, PendingUpload
from accessa.store.models.jobs import Event, StatusMove, UploadJob, Worker
from accessa.store.models.providers import Deployment, Provider, ProviderBatch, ProviderGate
from accessa.store.models.receipts import Receipt
from accessa.store.models.search import IndexedSet, IndexedVector, SearchIndex
from accessa.store.models.watching import AlertHistory, AlertSilence, CanaryRun, StageBaseline, StageTiming

__all__ = [
    "SCHEMA",
    "AlertHistory",
    "AlertSilence",
    "AuditRun",
    "Base",
    "CanaryRun",
    "ChunkSet",
    "Deployment",
    "Document",
    "DocumentChunk",
    "DocumentVector",
    "EmbeddingBatch",
    "Event",
    "IndexedSet",
    "IndexedVector",
    "ParseRun",
    "ParsedText",
    "PendingUpload",
    "Provider",
    "ProviderBatch",
    "ProviderCall",
    "ProviderGate",
    "Receipt",
    "SearchIndex",
    "StageBaseline",
    "StageTiming",
    "StatusMove",
    "UploadJob",
    "WebhookDelivery",
    "Worker",
]
