package hearth.lambda;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;

/** Points in time and spans, as the service's Java runtime reads and writes them. Loaded only where they are used. */
final class Times {
    private Times() {}

    static Date date(String text) {
        if (text.length() == 10) return Date.from(LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC));
        if (text.indexOf('+') > 0 || text.lastIndexOf('-') > 10) {
            // "+0000" is as good as "+00:00".
            String zoned = text.matches(".*[+-]\\d{4}") ? text.substring(0, text.length() - 2) + ":" + text.substring(text.length() - 2) : text;
            return Date.from(OffsetDateTime.parse(zoned).toInstant());
        }
        return Date.from(text.endsWith("Z") ? Instant.parse(text) : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
    }

    static Object made(Object value, Class<?> type) {
        try {
            if (value instanceof Number) return ofNumber((Number) value, type);
            if (value instanceof String) return ofText((String) value, type);
        } catch (java.time.DateTimeException error) {
            throw new Binder.Mismatch("Cannot deserialize value of type " + type.getName() + " from '" + value + "'", error);
        }
        throw Scalars.unfit(value, type);
    }

    private static Object ofNumber(Number value, Class<?> type) {
        BigDecimal seconds = new BigDecimal(value.toString());
        long whole = seconds.longValue();
        int nanos = seconds.subtract(BigDecimal.valueOf(whole)).movePointRight(9).intValue();
        Instant instant = Instant.ofEpochSecond(whole, nanos);
        if (type == Instant.class) return instant;
        if (type == OffsetDateTime.class) return instant.atOffset(ZoneOffset.UTC);
        if (type == ZonedDateTime.class) return instant.atZone(ZoneOffset.UTC);
        if (type == Duration.class) return Duration.ofSeconds(whole, nanos);
        if (type == LocalDate.class) return LocalDate.ofEpochDay(whole);
        if (type == Year.class) return Year.of((int) whole);
        throw Scalars.unfit(value, type);
    }

    private static Object ofText(String text, Class<?> type) {
        try {
            if (type == java.time.ZoneId.class) return java.time.ZoneId.of(text);
            if (type == ZoneOffset.class) return ZoneOffset.of(text);
            Method parse = type.getMethod("parse", CharSequence.class);
            return parse.invoke(null, text);
        } catch (InvocationTargetException error) {
            throw new Binder.Mismatch("Cannot deserialize value of type " + type.getName() + " from '" + text + "'", error.getCause());
        } catch (ReflectiveOperationException none) {
            throw Scalars.unfit(text, type);
        }
    }

    /** What is written for it: a number, a list of numbers or a string. */
    static Object written(Object time) {
        if (time instanceof Instant) return seconds(((Instant) time).getEpochSecond(), ((Instant) time).getNano());
        if (time instanceof OffsetDateTime) return written(((OffsetDateTime) time).toInstant());
        if (time instanceof ZonedDateTime) return written(((ZonedDateTime) time).toInstant());
        if (time instanceof Duration) return seconds(((Duration) time).getSeconds(), ((Duration) time).getNano());
        if (time instanceof Year) return ((Year) time).getValue();
        if (time instanceof LocalDate) return parts((LocalDate) time);
        if (time instanceof LocalTime) return parts((LocalTime) time, new ArrayList<>());
        if (time instanceof LocalDateTime) return parts(((LocalDateTime) time).toLocalTime(), parts(((LocalDateTime) time).toLocalDate()));
        if (time instanceof YearMonth) return Arrays.asList(((YearMonth) time).getYear(), ((YearMonth) time).getMonthValue());
        return time.toString();
    }

    private static BigDecimal seconds(long whole, int nanos) {
        return BigDecimal.valueOf(whole).add(BigDecimal.valueOf(nanos, 9));
    }

    private static List<Object> parts(LocalDate day) {
        return new ArrayList<>(Arrays.asList(day.getYear(), day.getMonthValue(), day.getDayOfMonth()));
    }

    private static List<Object> parts(LocalTime time, List<Object> parts) {
        parts.add(time.getHour());
        parts.add(time.getMinute());
        if (time.getSecond() > 0 || time.getNano() > 0) parts.add(time.getSecond());
        if (time.getNano() > 0) parts.add(time.getNano());
        return parts;
    }
}
