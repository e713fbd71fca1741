import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TimeZone;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.GeneratedValue;
import javax.persistence.Id;
import javax.persistence.Table;
import org.hibernate.Hibernate;
import org.hibernate.HibernateException;
import org.hibernate.JDBCException;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.StaleObjectStateException;
import org.hibernate.StaleStateException;
import org.hibernate.annotations.GenericGenerator;
import org.hibernate.annotations.Type;
import org.hibernate.cfg.Configuration;
import org.hibernate.cfg.ImprovedNamingStrategy;
import org.hibernate.dialect.Dialect;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.tool.hbm2ddl.DatabaseMetadata;
import org.hibernate.tool.hbm2ddl.SchemaValidator;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** The contract with Hibernate. Job is on the live view, StoredJob on the table: see Job.java. */
class Test {
    static final String URL = "jdbc:postgresql://" + System.getenv("PGHOST") + "/" + System.getenv("PGDATABASE");
    static final Dialect DIALECT = new PostgreSQLDialect();
    static final String NO_TOOL = "Hibernate has no migrations; setup.sql is one";

    static final Map<String, Contract.Check> CHECKS = new LinkedHashMap<>();

    static Configuration configuration;
    static SessionFactory sessions;
    static Connection plain;  // what the database says, by another session

    /** Nothing keeps this one from writing the status, or from a DELETE on the table. */
    @Entity
    @Table(name = "batch_job")
    static class CarelessJob {
        @Id
        @GeneratedValue(generator = "job")
        @GenericGenerator(name = "job", strategy = "Postgres$GivenId")
        String id;
        String type = "import";
        @Type(type = "Postgres$StatusType")
        @Column(columnDefinition = "batch_job.status")
        Status status = Status.FAILED;
    }

    /** One transaction in a session of its own. */
    static <T> T in(Function<Session, T> work) {
        Session session = sessions.openSession();
        try {
            session.beginTransaction();
            T result = work.apply(session);
            if (session.getTransaction().isActive())  // not rolled back by the work itself
                session.getTransaction().commit();
            return result;
        } catch (RuntimeException | Error error) {
            session.getTransaction().rollback();
            throw error;
        } finally {
            session.close();
        }
    }

    static void run(Consumer<Session> work) {
        in(session -> {
            work.accept(session);
            return null;
        });
    }

    static void equal(Object expected, Object actual) {
        if (!Objects.equals(expected, actual))
            throw new AssertionError("expected " + expected + ", got " + actual);
    }

    static <E extends Throwable> E raises(Class<E> type, Runnable work) {
        try {
            work.run();
        } catch (Throwable error) {
            if (type.isInstance(error))
                return type.cast(error);
            throw error;
        }
        throw new AssertionError("no " + type);
    }

    /** The error of the state, which it must raise in a transaction of its own. */
    static JDBCException refused(String state, Consumer<Session> work) {
        JDBCException error = raises(JDBCException.class, () -> run(work));
        equal(state, error.getSQLState());
        return error;
    }

    /** The first column of a query by the driver alone, as text. */
    static List<String> plain(String sql, Object... values) {
        try (PreparedStatement statement = plain.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++)
                statement.setObject(i + 1, values[i]);
            List<String> found = new ArrayList<>();
            if (statement.execute())
                for (ResultSet rows = statement.getResultSet(); rows.next();)
                    found.add(rows.getString(1));
            return found;
        } catch (SQLException error) {
            throw new IllegalStateException(error);
        }
    }

    /** An expression of the job's row in the table. */
    static String stored(String id, String expression) {
        return plain("SELECT " + expression + " FROM batch_job WHERE id = ?", id).get(0);
    }

    static Job job(String type) {
        Job job = new Job();
        job.setType(type);
        return job;
    }

    static <T> T saved(T job) {
        run(session -> session.save(job));
        return job;
    }

    static Job found(String id) {
        return in(session -> (Job) session.get(Job.class, id));
    }

    /** How many statements were sent. */
    static long statements(Runnable work) {
        long before = sessions.getStatistics().getPrepareStatementCount();
        work.run();
        return sessions.getStatistics().getPrepareStatementCount() - before;
    }

    static List<?> list(Session session, String hql, String type) {
        return session.createQuery(hql).setString("type", type).list();
    }

    static Timestamp now() {
        return Timestamp.from(Instant.now());
    }

    /** What a consumer does once: the new events, and its position moved in the same transaction. */
    static List<Object[]> poll(int max) {
        return in(session -> {
            Object position = session.createSQLQuery("SELECT position FROM consumer FOR UPDATE").uniqueResult();
            @SuppressWarnings("unchecked")
            List<Object[]> events = session.createSQLQuery("SELECT seq, job_id, event FROM batch_job.read_events(?, ?)")
                .setLong(0, ((Number) position).longValue()).setInteger(1, max).list();
            if (!events.isEmpty())
                session.createSQLQuery("UPDATE consumer SET position = ?")
                    .setLong(0, ((Number) events.get(events.size() - 1)[0]).longValue()).executeUpdate();
            return events;
        });
    }

    static void saveWithCreator(String type) {
        run(session -> {
            Job job = job(type);
            job.setCreator((User) session.load(User.class, "usr_1"));
            session.save(job);
        });
    }

    static {
        CHECKS.put("create.id", () -> {
            Job job = saved(job("import"));
            equal(true, job.getId().startsWith("batch_01"));
            equal(List.of(job.getId()), plain("SELECT id FROM batch_job WHERE id = ?", job.getId()));
            return null;
        });

        CHECKS.put("create.status", () -> {
            Job job = saved(job("import"));
            equal(Status.CREATED, job.getStatus());
            equal(job.getUpdatedAt(), Timestamp.valueOf(stored(job.getId(), "updated_at::timestamp")));
            return "@Generated: Hibernate reads it after the INSERT";
        });

        CHECKS.put("create.given", () -> {
            Job job = job("import");
            job.setId("my_1");
            equal("my_1", saved(job).getId());
            equal(List.of("my_1"), plain("SELECT id FROM batch_job WHERE id = 'my_1'"));
            return "with save(), by a generator of one's own";
        });

        CHECKS.put("create.bulk", () -> {
            List<Job> jobs = Stream.generate(() -> job("bulk")).limit(3).toList();
            run(session -> jobs.forEach(session::save));
            equal(jobs.stream().map(Job::getId).sorted().toList(),
                plain("SELECT id FROM batch_job WHERE type = 'bulk' ORDER BY id"));
            return "in one transaction; each is an INSERT of its own";
        });

        CHECKS.put("status.read", () -> {
            String id = saved(job("import")).getId();
            run(session -> {
                Job job = (Job) session.get(Job.class, id);
                plain("UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now() WHERE id = ?", id);
                equal(Status.CREATED, job.getStatus());
                session.refresh(job);
                equal(Status.CONFIRMED, job.getStatus());
                job.setProcessingAt(now());
                session.flush();
                equal(Status.PROCESSING, job.getStatus());
            });
            equal(Status.PROCESSING, found(id).getStatus());
            return "after refresh(); after its own UPDATE at once";
        });

        CHECKS.put("status.query", () -> {
            List<Consumer<Job>> times = List.of(job -> job.setFailedAt(now()), job -> job.setProcessingAt(now()),
                job -> { }, job -> job.setCompletedAt(now()), job -> { });
            for (Consumer<Job> time : times) {
                Job job = job("query");
                time.accept(job);
                saved(job);
            }
            run(session -> {
                equal(List.of(Status.CREATED, Status.CREATED, Status.PROCESSING, Status.COMPLETED, Status.FAILED),
                    list(session, "select status from Job where type = :type order by status", "query"));
                equal(3L, session.createQuery("select count(*) from Job where type = 'query' and status < :status")
                    .setParameter("status", Status.COMPLETED).uniqueResult());
                equal(List.of("CREATED 2", "PROCESSING 1", "COMPLETED 1", "FAILED 1"),
                    list(session, "select status, count(*) from Job where type = :type group by status order by status",
                        "query").stream().map(row -> ((Object[]) row)[0] + " " + ((Object[]) row)[1]).toList());
            });
            return null;
        });

        CHECKS.put("status.write", () -> {
            CarelessJob job = saved(new CarelessJob());
            equal("created", stored(job.id, "status"));
            equal(Status.FAILED, job.status);
            job.status = Status.COMPLETED;
            run(session -> session.update(job));
            equal("created", stored(job.id, "status"));
            equal(Status.CREATED, in(session -> (CarelessJob) session.get(CarelessJob.class, job.id)).status);
            return "the object keeps the wrong one until refresh()";
        });

        CHECKS.put("lifecycle.call", () -> {
            Job saved = saved(job("import"));
            run(session -> {
                Job job = (Job) session.get(Job.class, saved.getId());
                equal(Status.CONFIRMED, Jobs.call(session, job, "mark_pre_processed", "{\"count\": 2}").getStatus());
                equal(Status.PROCESSING, Jobs.call(session, job, "start").getStatus());
                equal(Status.COMPLETED, Jobs.call(session, job, "complete", "{\"progress\": 1}").getStatus());
                equal("{\"count\": 2, \"progress\": 1}", job.getResult());
            });
            equal("completed", stored(saved.getId(), "status"));
            return "by a native query, then refresh()";
        });

        CHECKS.put("lifecycle.error", () -> {
            Job created = saved(job("import"));
            JDBCException error = refused("55000", session -> Jobs.call(session, created, "start"));
            equal(true, error.getSQLException().getMessage().contains("Its status must be confirmed."));

            Job previewed = job("import");
            previewed.setDryRun(true);
            String id = saved(previewed).getId();
            run(session -> Jobs.call(session, previewed, "mark_pre_processed"));
            equal(Status.PRE_PROCESSED, previewed.getStatus());
            String reviewed = plain("SELECT batch_job.plan_digest(?)", id).get(0);
            plain("SELECT batch_job.update(?, result => '{\"count\": 40000}')", id);
            refused("BJ001", session -> Jobs.call(session, previewed, "confirm", reviewed));

            equal(Jobs.Answer.STALE, in(session -> Jobs.confirm(session, previewed, reviewed)));
            String digest = plain("SELECT batch_job.plan_digest(?)", id).get(0);
            equal(Jobs.Answer.CONFIRMED, in(session -> Jobs.confirm(session, previewed, digest)));
            equal(Jobs.Answer.TOO_LATE, in(session -> Jobs.confirm(session, created, null)));
            return "JDBCException.getSQLState()";
        });

        CHECKS.put("json.values", () -> {
            String value = """
                {"of": {"quote": "'\\"\\\\:x?$1"}, "rows": [1, [2, {"ä": "東京 😀"}], true]}""";
            Job job = job("import");
            job.setContext(value);
            job.setResult(value);
            String id = saved(job).getId();
            equal(List.of(value, value), List.of(found(id).getContext(), found(id).getResult()));
            equal(List.of("t"),
                plain("SELECT context = ?::jsonb AND result = context FROM batch_job WHERE id = ?", value, id));
            run(session -> ((Job) session.get(Job.class, id)).setContext("{\"rows\":[]}"));
            equal("{\"rows\": []}", found(id).getContext());
            return "text, written as jsonb writes it; no JSON type";
        });

        CHECKS.put("json.numbers", () -> {
            String value = "{\"sixteen\": 9007199254740991, \"fraction\": 0.1, \"nineteen\": 9223372036854775807}";
            Job job = job("import");
            job.setContext(value);
            String id = saved(job).getId();
            String read = found(id).getContext();
            equal(List.of("t"), plain("SELECT context = ?::jsonb FROM batch_job WHERE id = ?", read, id));
            for (String number : List.of("9007199254740991", "0.1", "9223372036854775807"))
                equal(true, read.contains(": " + number));
            return "text: all digits, of 19 too";
        });

        CHECKS.put("json.null", () -> {
            Job job = job("import");
            job.setContext("{\"none\": null}");
            String id = saved(job).getId();
            equal("{\"none\": null}", found(id).getContext());
            equal(null, found(id).getResult());
            equal("null t", stored(id, "concat_ws(' ', context -> 'none', result IS NULL)"));
            run(session -> ((Job) session.get(Job.class, id)).setContext(null));
            equal("t", stored(id, "context IS NULL"));
            return null;
        });

        CHECKS.put("time.zone", () -> {
            Timestamp instant = Timestamp.from(Instant.parse("2026-03-29T01:30:00.123Z"));
            TimeZone before = TimeZone.getDefault();
            for (String zone : List.of("Asia/Kolkata", "America/St_Johns", "UTC")) {
                Job job = job("import");
                job.setConfirmedAt(instant);
                run(session -> {
                    session.createSQLQuery("SET LOCAL timezone = '" + zone + "'").executeUpdate();
                    session.save(job);
                    session.flush();
                    session.refresh(job);
                    equal(instant, job.getConfirmedAt());
                });
                TimeZone.setDefault(TimeZone.getTimeZone(zone));
                equal(instant, found(job.getId()).getConfirmedAt());
                String stored = stored(job.getId(), "batch_job.to_json(batch_job) ->> 'confirmed_at'");
                equal("2026-03-29T01:30:00.123Z", stored);
            }
            TimeZone.setDefault(before);
            return "a java.sql.Timestamp keeps microseconds";
        });

        CHECKS.put("delete.view", () -> {
            Job job = saved(job("delete"));
            saved(job("delete"));
            saved(job("delete"));
            run(session -> session.delete(session.get(Job.class, job.getId())));
            equal(null, found(job.getId()));
            equal(2, in(session -> session.createQuery("delete Job where type = 'delete'").executeUpdate()));
            equal(List.of(), in(session -> list(session, "from Job where type = :type", "delete")));
            equal(List.of("3"),
                plain("SELECT count(*) FROM batch_job WHERE type = 'delete' AND deleted_at IS NOT NULL"));
            return "delete() and HQL's delete";
        });

        CHECKS.put("delete.restore", () -> {
            String id = saved(job("import")).getId();
            run(session -> session.delete(session.get(Job.class, id)));
            plain("SELECT batch_job.restore(?)", id);
            equal(id, found(id).getId());
            equal("t", stored(id, "deleted_at IS NULL"));
            return null;
        });

        CHECKS.put("delete.own", () -> {
            StoredJob job = new StoredJob();
            job.setType("own");
            String id = saved(job).getId();
            run(session -> session.delete(session.get(StoredJob.class, id)));
            equal("f", stored(id, "deleted_at IS NULL"));
            equal(List.of(), in(session -> list(session, "from StoredJob where type = :type", "own")));
            equal(null, in(session -> session.get(StoredJob.class, id)));
            run(session -> session.createSQLQuery("UPDATE batch_job SET deleted_at = NULL WHERE id = ?")
                .setString(0, id).executeUpdate());
            equal(1, in(session -> list(session, "from StoredJob where type = :type", "own")).size());
            equal("t", stored(id, "deleted_at IS NULL"));
            return "@SQLDelete, @Where; brought back by SQL";
        });

        CHECKS.put("delete.table", () -> {
            String id = saved(new CarelessJob()).id;
            raises(StaleStateException.class,
                () -> run(session -> session.delete(session.get(CarelessJob.class, id))));
            equal("t", stored(id, "deleted_at IS NULL"));  // rolled back
            Function<Session, Integer> byQuery =
                session -> session.createQuery("delete Test$CarelessJob where id = ?").setString(0, id).executeUpdate();
            equal(0, in(byQuery));
            equal("f", stored(id, "deleted_at IS NULL"));
            return "raises StaleStateException; HQL's delete says 0";
        });

        CHECKS.put("relation.eager", () -> {
            saveWithCreator("eager");
            equal(1L, statements(() -> {
                Job job = (Job) in(session -> list(session, "from Job j left join fetch j.creator where j.type = :type",
                    "eager")).get(0);
                equal("ann@example.com", job.getCreator().getEmail());
            }));
            return "join fetch";
        });

        CHECKS.put("relation.lazy", () -> {
            saveWithCreator("lazy");
            run(session -> {
                Job job = (Job) list(session, "from Job where type = :type", "lazy").get(0);
                equal(false, Hibernate.isInitialized(job.getCreator()));
                equal(1L, statements(() -> equal("ann@example.com", job.getCreator().getEmail())));
            });
            equal(null, found(saved(job("import")).getId()).getCreator());
            return "in the session";
        });

        CHECKS.put("upsert", () -> {
            for (int i = 1; i <= 2; i++) {
                Job job = job("import");
                job.setId("up_1");
                job.setContext("{\"a\": " + i + "}");
                run(session -> session.merge(job));
            }
            equal("{\"a\": 2}", found("up_1").getContext());
            equal(List.of("1"), plain("SELECT count(*) FROM batch_job WHERE id = 'up_1'"));
            return "merge(): SELECT first, so not where two race";
        });

        CHECKS.put("page", () -> {
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 7; i++)
                ids.add(saved(job("page")).getId());
            ids.sort(null);
            run(session -> {
                List<Object> pages = new ArrayList<>();
                for (int first = 0; first < 7; first += 3)
                    pages.addAll(session.createQuery("select id from Job where type = 'page' order by id")
                        .setFirstResult(first).setMaxResults(3).list());
                equal(ids, pages);
                String after = "select id from Job where type = 'page' and id > ? order by id";
                equal(ids.subList(3, 6), session.createQuery(after).setString(0, ids.get(2)).setMaxResults(3).list());
            });
            return null;
        });

        CHECKS.put("lock", () -> {
            StoredJob job = new StoredJob();
            job.setType("import");
            String id = saved(job).getId();
            StoredJob first = in(session -> (StoredJob) session.get(StoredJob.class, id));
            StoredJob second = in(session -> (StoredJob) session.get(StoredJob.class, id));
            first.setContext("{\"by\": \"first\"}");
            run(session -> session.update(first));
            second.setContext("{\"by\": \"second\"}");
            raises(StaleObjectStateException.class, () -> run(session -> session.update(second)));
            // The functions count too, as whoever changes the row does.
            plain("SELECT batch_job.mark_pre_processed(?)", id);
            first.setContext("{\"by\": \"stale\"}");
            raises(StaleObjectStateException.class, () -> run(session -> session.update(first)));
            equal("first confirmed", stored(id, "concat_ws(' ', context ->> 'by', status)"));
            // Without a version a stale object is written whole, if it is from another session; the guard sees that.
            Job stale = saved(job("import"));
            plain("SELECT batch_job.mark_pre_processed(?)", stale.getId());
            refused("55000", session -> session.update(stale));
            refused("55000", session -> session.merge(stale));
            return "@Version on updated_at sees every writer";
        });

        CHECKS.put("migrate.up", () -> {
            throw new Contract.Skip(NO_TOOL);
        });

        CHECKS.put("migrate.down", () -> {
            throw new Contract.Skip(NO_TOOL);
        });

        CHECKS.put("migrate.drift", () -> {
            SchemaValidator validator = new SchemaValidator(configuration);
            validator.validate();
            plain("ALTER VIEW batch_job_live RENAME COLUMN dry_run TO wet_run");
            String found = raises(HibernateException.class, validator::validate).getMessage();
            plain("ALTER VIEW batch_job_live RENAME COLUMN wet_run TO dry_run");
            equal("Missing column: dry_run in orm_hibernate.public.batch_job_live", found);
            // What hbm2ddl update would send: the foreign key once more, to the view.
            String[] update = configuration.generateSchemaUpdateScript(DIALECT, new DatabaseMetadata(plain, DIALECT));
            equal(1, update.length);
            equal(true, update[0].matches("alter table batch_job_live add constraint \\w+ foreign key .*"));
            raises(IllegalStateException.class, () -> plain(update[0]));
            return "validate: none; update wants a foreign key on the view";
        });

        CHECKS.put("events.listen", () -> {
            try (Connection connection = DriverManager.getConnection(URL, "shop", "");
                    Statement statement = connection.createStatement()) {
                statement.execute("LISTEN batch_job");
                saved(job("import"));
                PGNotification[] heard = connection.unwrap(PGConnection.class).getNotifications(10_000);
                equal(1, heard.length);
                equal("{\"table\": \"public.batch_job\", \"events\": [\"batch.created\"]}", heard[0].getParameter());
            }
            return "PGConnection.getNotifications() of the driver";
        });

        CHECKS.put("events.poll", () -> {
            plain("CREATE TABLE consumer AS SELECT coalesce(max(seq), 0) AS position FROM batch_job_event");
            Job job = saved(job("import"));
            run(session -> {
                Jobs.call(session, job, "mark_pre_processed");
                Jobs.call(session, job, "start");
                session.delete(job);
            });
            List<Object[]> events = new ArrayList<>();
            for (List<Object[]> some = poll(2); !some.isEmpty(); some = poll(2))
                events.addAll(some);
            equal(Stream.of("created", "pre_processed", "confirmed", "processing", "deleted")
                .map(event -> job.getId() + " batch." + event).toList(),
                events.stream().map(event -> event[1] + " " + event[2]).toList());
            List<Long> numbers = events.stream().map(event -> ((Number) event[0]).longValue()).toList();
            equal(numbers.stream().sorted().distinct().toList(), numbers);
            return null;
        });
    }

    public static void main(String[] arguments) throws Exception {
        plain = DriverManager.getConnection(URL, "shop", "");
        try (Statement statement = plain.createStatement()) {
            statement.execute(Files.readString(Path.of("setup.sql")));
        }
        plain("INSERT INTO \"user\" VALUES ('usr_1', 'ann@example.com')");

        configuration = new Configuration()
            .setProperty("hibernate.connection.driver_class", "org.postgresql.Driver")
            .setProperty("hibernate.connection.url", URL)
            .setProperty("hibernate.connection.username", "shop")
            .setProperty("hibernate.dialect", PostgreSQLDialect.class.getName())
            .setProperty("hibernate.generate_statistics", "true")
            .setNamingStrategy(ImprovedNamingStrategy.INSTANCE);
        for (Class<?> entity : List.of(Job.class, StoredJob.class, CarelessJob.class, User.class))
            configuration.addAnnotatedClass(entity);
        sessions = configuration.buildSessionFactory();

        Contract.run(Path.of(".."), "Hibernate", Session.class.getPackage().getImplementationVersion(), CHECKS);
    }
}
