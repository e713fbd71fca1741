import org.hibernate.JDBCException;
import org.hibernate.SQLQuery;
import org.hibernate.Session;

/** The life cycle, called in a session. */
class Jobs {
    private Jobs() { }

    // recipe: call
    /** A function of the life cycle, then the job as it is now: call(session, job, "complete", json). */
    static AbstractJob call(Session session, AbstractJob job, String function, String... arguments) {
        session.flush();
        String call = "SELECT id FROM batch_job." + function + "(?" + ", ?".repeat(arguments.length) + ")";
        SQLQuery query = session.createSQLQuery(call);
        query.setString(0, job.getId());
        // As values without a type, of which PostgreSQL makes text or jsonb; setString would insist on varchar.
        for (int i = 0; i < arguments.length; i++)
            query.setParameter(i + 1, arguments[i], session.getTypeHelper().custom(Postgres.Jsonb.class));
        query.uniqueResult();
        session.refresh(job);
        return job;
    }

    enum Answer { CONFIRMED, TOO_LATE, STALE }

    /** A person has seen the preview and says yes; reviewed is the plan_digest that was shown with it. */
    static Answer confirm(Session session, AbstractJob job, String reviewed) {
        try {
            call(session, job, "confirm", reviewed);
            return Answer.CONFIRMED;
        } catch (JDBCException error) {
            // Then close the session too: after an exception Hibernate does not answer for it.
            session.getTransaction().rollback();
            switch (error.getSQLState()) {
                case "55000": return Answer.TOO_LATE;  // another person was faster, or canceled it
                case "BJ001": return Answer.STALE;     // the plan has changed: show it again
                default: throw error;
            }
        }
    }
    // end recipe
}
