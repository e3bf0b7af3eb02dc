package hearth.lambda;

/** Names of properties. */
final class Names {
    private Names() {}

    /** As lower case of ASCII letters, without a locale's opinion. */
    static String lower(String name) {
        char[] letters = name.toCharArray();
        for (int i = 0; i < letters.length; ++i) {
            if (letters[i] >= 'A' && letters[i] <= 'Z') letters[i] += 'a' - 'A';
        }
        return new String(letters);
    }

    /** "Name" as "name", but "URL" as it is: the rule for beans. */
    static String decapitalized(String name) {
        if (name.length() > 1 && Character.isUpperCase(name.charAt(0)) && Character.isUpperCase(name.charAt(1))) return name;
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    /** The same for all spellings of a name: "detail-type", "detailType", "DetailType". */
    static String loose(String name) {
        StringBuilder letters = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); ++i) {
            char c = name.charAt(i);
            if (c != '-' && c != '_' && c != ':') letters.append(Character.toLowerCase(c));
        }
        return letters.toString();
    }
}
