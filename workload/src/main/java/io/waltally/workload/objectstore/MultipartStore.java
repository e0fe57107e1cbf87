package io.waltally.workload.objectstore;

import io.waltally.workload.session.DatabaseSession;
import io.waltally.workload.session.RowChanges;
import java.sql.SQLException;
import java.util.UUID;

/**
 * s3-orchestrator's store methods for multipart uploads. The uploads of a key have only one writer, so the rows that a
 * cascade deletes are known.
 */
final class MultipartStore {
    private static final String UPLOADS = "multipart_uploads";
    private static final String PARTS = "multipart_parts";

    private final DatabaseSession session;

    MultipartStore(DatabaseSession session) {
        this.session = session;
    }

    /** Creates an upload; the keys are null if it is not encrypted. */
    String open(UUID upload, String key, String backend, String encryptionKey, String keyId) throws SQLException {
        session.atOnce(transaction -> transaction.insert(
                UPLOADS,
                "INSERT INTO multipart_uploads (upload_id, object_key, backend_name, content_type, metadata,"
                        + " encryption_key, key_id) VALUES (?, ?, ?, 'application/octet-stream',"
                        + " '{\"x-amz-meta-origin\": \"workload\"}', decode(?::text, 'hex'), ?)",
                upload.toString(),
                key,
                backend,
                encryptionKey,
                keyId));
        return upload.toString();
    }

    /** Stores a part, or replaces it. */
    void putPart(String upload, int number, String etag, long size) throws SQLException {
        session.atOnce(transaction -> {
            transaction.upsert(
                    PARTS,
                    "INSERT INTO multipart_parts (upload_id, part_number, etag, size_bytes) VALUES (?, ?, ?, ?) ON"
                            + " CONFLICT (upload_id, part_number) DO UPDATE SET etag = EXCLUDED.etag, size_bytes ="
                            + " EXCLUDED.size_bytes, created_at = NOW() RETURNING xmax = 0",
                    upload,
                    number,
                    etag,
                    size);
            return null;
        });
    }

    /** Ends an upload, completed or aborted: deletes its parts, then the upload. */
    void remove(String upload) throws SQLException {
        session.transact(transaction -> {
            transaction.delete(PARTS, "DELETE FROM multipart_parts WHERE upload_id = ?", upload);
            return transaction.delete(UPLOADS, "DELETE FROM multipart_uploads WHERE upload_id = ?", upload);
        });
    }

    /** Deletes an upload; the cascade deletes its parts. */
    void removeByCascade(String upload) throws SQLException {
        session.transact(transaction -> {
            long parts = transaction
                    .first("SELECT count(*) FROM multipart_parts WHERE upload_id = ?", row -> row.getLong(1), upload)
                    .orElseThrow();
            transaction.account(PARTS, RowChanges.deleted(parts));
            return transaction.delete(UPLOADS, "DELETE FROM multipart_uploads WHERE upload_id = ?", upload);
        });
    }
}
