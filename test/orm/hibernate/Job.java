import java.sql.Timestamp;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.FetchType;
import javax.persistence.GeneratedValue;
import javax.persistence.Id;
import javax.persistence.JoinColumn;
import javax.persistence.ManyToOne;
import javax.persistence.MappedSuperclass;
import javax.persistence.Table;
import javax.persistence.Version;
import org.hibernate.annotations.Generated;
import org.hibernate.annotations.GenerationTime;
import org.hibernate.annotations.GenericGenerator;
import org.hibernate.annotations.SQLDelete;
import org.hibernate.annotations.Type;
import org.hibernate.annotations.Where;

// recipe: job
enum Status { CREATED, PRE_PROCESSED, CONFIRMED, PROCESSING, COMPLETED, CANCELED, FAILED }

/** On the live view, where DELETE keeps the row and counts it. dynamicUpdate: what has not changed is not written. */
@Entity
@Table(name = "batch_job_live")
@org.hibernate.annotations.Entity(dynamicUpdate = true)
public class Job extends AbstractJob {
    @Generated(GenerationTime.ALWAYS)
    @Column(insertable = false, updatable = false)
    private Timestamp updatedAt;

    public Timestamp getUpdatedAt() { return updatedAt; }
}

/** With ImprovedNamingStrategy: confirmedAt is confirmed_at. */
@MappedSuperclass
abstract class AbstractJob {
    @Id
    @GeneratedValue(generator = "job")
    @GenericGenerator(name = "job", strategy = "Postgres$GivenId")
    private String id;

    private String type;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "created_by")
    private User creator;

    @Type(type = "Postgres$Jsonb")
    @Column(columnDefinition = "jsonb")
    private String context, result;

    private boolean dryRun;
    private Timestamp preProcessedAt, confirmedAt, processingAt, completedAt, canceledAt, failedAt;

    /** The database's word, read again after each INSERT and UPDATE. */
    @Generated(GenerationTime.ALWAYS)
    @Type(type = "Postgres$StatusType")
    @Column(insertable = false, updatable = false)
    private Status status;

    @Generated(GenerationTime.INSERT)
    @Column(insertable = false, updatable = false)
    private Timestamp createdAt;

    // ... getters and setters
    // end recipe
    public String getId() { return id; }
    public void setId(String id) { this.id = id; }
    public String getType() { return type; }
    public void setType(String type) { this.type = type; }
    public User getCreator() { return creator; }
    public void setCreator(User creator) { this.creator = creator; }
    public String getContext() { return context; }
    public void setContext(String context) { this.context = context; }
    public String getResult() { return result; }
    public void setResult(String result) { this.result = result; }
    public boolean isDryRun() { return dryRun; }
    public void setDryRun(boolean dryRun) { this.dryRun = dryRun; }
    public Timestamp getPreProcessedAt() { return preProcessedAt; }
    public Timestamp getConfirmedAt() { return confirmedAt; }
    public void setConfirmedAt(Timestamp confirmedAt) { this.confirmedAt = confirmedAt; }
    public Timestamp getProcessingAt() { return processingAt; }
    public void setProcessingAt(Timestamp processingAt) { this.processingAt = processingAt; }
    public Timestamp getCompletedAt() { return completedAt; }
    public void setCompletedAt(Timestamp completedAt) { this.completedAt = completedAt; }
    public Timestamp getCanceledAt() { return canceledAt; }
    public Timestamp getFailedAt() { return failedAt; }
    public void setFailedAt(Timestamp failedAt) { this.failedAt = failedAt; }
    public Status getStatus() { return status; }
    public Timestamp getCreatedAt() { return createdAt; }
}

// recipe: stored
/** On the table, with Hibernate's own soft deletion, and optimistic locking by the database's updated_at. */
@Entity
@Table(name = "batch_job")
@org.hibernate.annotations.Entity(dynamicUpdate = true)
@SQLDelete(sql = "UPDATE batch_job SET deleted_at = now() WHERE id = ? AND updated_at = ?")
@Where(clause = "deleted_at IS NULL")
class StoredJob extends AbstractJob {
    @Version
    @Generated(GenerationTime.ALWAYS)
    @Column(insertable = false, updatable = false)
    private Timestamp updatedAt;

    public Timestamp getUpdatedAt() { return updatedAt; }
}
// end recipe

@Entity
@Table(name = "`user`")
class User {
    @Id
    private String id;
    private String email;

    public String getId() { return id; }
    public void setId(String id) { this.id = id; }
    public String getEmail() { return email; }
    public void setEmail(String email) { this.email = email; }
}
