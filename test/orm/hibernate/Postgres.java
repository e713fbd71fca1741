import java.io.Serializable;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Locale;
import java.util.Objects;
import org.hibernate.engine.SessionImplementor;
import org.hibernate.id.IdentityGenerator;
import org.hibernate.usertype.UserType;

/** What Hibernate 3.6 does not know of PostgreSQL. */
@SuppressWarnings("deprecation")
public class Postgres {
    // recipe: types
    /** A jsonb column is a String here: its text, to be read by the JSON library of your choice. */
    public static class Jsonb extends Value<String> {
        public Jsonb() { super(String.class, Types.OTHER); }
        @Override String read(String text) { return text; }
        @Override String write(String text) { return text; }
    }

    /** The enum type batch_job.status, created ... failed, as Status.CREATED ... FAILED. */
    public static class StatusType extends Value<Status> {
        public StatusType() { super(Status.class, Types.VARCHAR); }
        @Override Status read(String label) { return Status.valueOf(label.toUpperCase(Locale.ROOT)); }
        @Override String write(Status status) { return status.name().toLowerCase(Locale.ROOT); }
    }

    /** The database makes the id, unless the job has one. The column id must be the table's first. */
    public static class GivenId extends IdentityGenerator {
        @Override public Serializable generate(SessionImplementor session, Object job) {
            Serializable id = session.getEntityPersister(null, job).getIdentifier(job, session);
            return id != null ? id : super.generate(session, job);
        }
    }
    // end recipe

    /** An immutable value with a text form whose type the server finds out: Types.OTHER. */
    abstract static class Value<T> implements UserType {
        private final Class<T> type;
        private final int reported;

        Value(Class<T> type, int reported) {
            this.type = type;
            this.reported = reported;
        }

        abstract T read(String text);

        abstract String write(T value);

        @Override public Object nullSafeGet(ResultSet row, String[] names, Object owner) throws SQLException {
            String text = row.getString(names[0]);
            return text == null ? null : read(text);
        }

        @Override public void nullSafeSet(PreparedStatement to, Object value, int index) throws SQLException {
            to.setObject(index, value == null ? null : write(type.cast(value)), Types.OTHER);
        }

        @Override public int[] sqlTypes() { return new int[] {reported}; }
        @Override public Class<T> returnedClass() { return type; }
        @Override public boolean equals(Object one, Object other) { return Objects.equals(one, other); }
        @Override public int hashCode(Object value) { return value.hashCode(); }
        @Override public Object deepCopy(Object value) { return value; }
        @Override public boolean isMutable() { return false; }
        @Override public Serializable disassemble(Object value) { return (Serializable) value; }
        @Override public Object assemble(Serializable cached, Object owner) { return cached; }
        @Override public Object replace(Object original, Object target, Object owner) { return original; }
    }
}
