package hearth.lambda;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON text into maps, lists, strings, numbers, booleans and null. */
final class Json {
    /** Deeper documents are refused: reading and writing go down by recursion. */
    static final int DEPTH_MAX = 1000;

    static final class Malformed extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    static Object parse(String text) {
        Json json = new Json(text);
        json.skipBlanks();
        Object value = json.value();
        json.skipBlanks();
        if (json.at < text.length()) throw json.malformed("text after the end of the document");
        return value;
    }

    private Object value() {
        switch (peek()) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        if (opened('}')) return members;
        do {
            skipBlanks();
            if (peek() != '"') throw malformed("a name was expected");
            String name = string();
            skipBlanks();
            take(':');
            skipBlanks();
            members.put(name, value());
        } while (continues('}'));
        return members;
    }

    private List<Object> array() {
        List<Object> elements = new ArrayList<>();
        if (opened(']')) return elements;
        do {
            skipBlanks();
            elements.add(value());
        } while (continues(']'));
        return elements;
    }

    /** Whether what begins here ends at once. */
    private boolean opened(char end) {
        ++at;
        if (++depth > DEPTH_MAX) throw malformed("nested too deeply");
        skipBlanks();
        if (peek() != end) return false;
        ++at;
        --depth;
        return true;
    }

    private boolean continues(char end) {
        skipBlanks();
        if (peek() == ',') {
            ++at;
            return true;
        }
        take(end);
        --depth;
        return false;
    }

    private String string() {
        int begin = ++at;
        while (peek() != '"' && text.charAt(at) != '\\') ++at;
        if (text.charAt(at) == '"') return text.substring(begin, at++);
        StringBuilder letters = new StringBuilder(text.substring(begin, at));
        for (;;) {
            char c = peek();
            ++at;
            if (c == '"') return letters.toString();
            letters.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = peek();
        ++at;
        switch (c) {
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                break;
            default:
                return c;
        }
        if (at + 4 > text.length()) throw malformed("a string does not end");
        int code = 0;
        for (int i = 0; i < 4; ++i) {
            int digit = Character.digit(text.charAt(at++), 16);
            if (digit < 0) throw malformed("a letter's number is not one");
            code = code * 16 + digit;
        }
        return (char) code;
    }

    private Number number() {
        int begin = at;
        boolean whole = true;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '.' || c == 'e' || c == 'E') whole = false;
            else if (c != '-' && c != '+' && (c < '0' || c > '9')) break;
            ++at;
        }
        String digits = text.substring(begin, at);
        try {
            if (!whole) return new Decimal(digits);
            // As others read them: the smallest type that holds the number.
            if (digits.length() > 18) return smallest(new BigInteger(digits));
            long value = Long.parseLong(digits);
            if (value == (int) value) return (int) value;
            return value;
        } catch (NumberFormatException notOne) {
            throw malformed("a value was expected");
        }
    }

    private static Number smallest(BigInteger value) {
        if (value.bitLength() > 63) return value;
        return value.longValue();
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) throw malformed("a value was expected");
        at += word.length();
        return value;
    }

    private char peek() {
        if (at >= text.length()) throw malformed("the document does not end");
        return text.charAt(at);
    }

    private void take(char wanted) {
        if (peek() != wanted) throw malformed("'" + wanted + "' was expected");
        ++at;
    }

    private void skipBlanks() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
            ++at;
        }
    }

    private Malformed malformed(String what) {
        return new Malformed("Invalid JSON at character " + at + ": " + what);
    }

    /** A number with a fraction, as it was written: what it becomes depends on who asks. */
    static final class Decimal extends Number {
        private static final long serialVersionUID = 1L;
        private final String digits;
        private final double value;

        Decimal(String digits) {
            this.digits = digits;
            this.value = Double.parseDouble(digits);
        }

        @Override
        public int intValue() {
            return (int) value;
        }

        @Override
        public long longValue() {
            return (long) value;
        }

        @Override
        public float floatValue() {
            return Float.parseFloat(digits);
        }

        @Override
        public double doubleValue() {
            return value;
        }

        @Override
        public String toString() {
            return digits;
        }
    }
}
