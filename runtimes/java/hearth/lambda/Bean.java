package hearth.lambda;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The properties of a class: those that are read and those that are written, by the rules for beans; and of records. */
final class Bean {
    /** Their properties are written in events in ways that no rule tells, and some classes have no setters. */
    private static final String EVENTS = "com.amazonaws.services.lambda.runtime.events.";

    static final class Property {
        final String name;
        Method getter;
        Method setter;
        Field field;
        Type type;  // of the setter or the field

        Property(String name) {
            this.name = name;
        }

        Object get(Object owner) throws ReflectiveOperationException {
            return getter != null ? getter.invoke(owner) : field.get(owner);
        }

        boolean readable() {
            return getter != null || field != null && Modifier.isPublic(field.getModifiers());
        }

        void set(Object owner, Object value) throws ReflectiveOperationException {
            if (setter != null) setter.invoke(owner, value);
            else field.set(owner, value);
        }
    }

    private static final ClassValue<Bean> ALL = new ClassValue<Bean>() {
        @Override
        protected Bean computeValue(Class<?> type) {
            return new Bean(type);
        }
    };

    private final Class<?> type;
    private final boolean event;
    private final Map<String, Property> byName = new LinkedHashMap<>();
    private final Map<String, Property> loose = new HashMap<>();
    /** Of a record, in the order of its constructor; else null. */
    final List<Property> components;

    static Bean of(Class<?> type) {
        return ALL.get(type);
    }

    private Bean(Class<?> type) {
        this.type = type;
        event = type.getName().startsWith(EVENTS);
        List<Class<?>> line = new ArrayList<>();
        for (Class<?> one = type; one != null && one != Object.class; one = one.getSuperclass()) line.add(one);
        Collections.reverse(line);
        components = isRecord(type) ? findComponents() : null;
        if (components == null) {
            for (Class<?> one : line) findFields(one);
            for (Method method : type.getMethods()) findGetter(method);
            for (Class<?> one : line) {
                for (Method method : one.getDeclaredMethods()) findSetter(method);
            }
        }
        byName.values().removeIf(property -> property.type == null && !property.readable());
        if (event) byName.forEach((name, property) -> loose.put(Names.loose(name), property));
    }

    Iterable<Property> properties() {
        return byName.values();
    }

    /** The property that is set by this name, or null. */
    Property settable(String name) {
        Property found = byName.get(name);
        if (found == null && event) found = loose.get(Names.loose(name));
        return found == null || found.type == null ? null : found;
    }

    boolean isEvent() {
        return event;
    }

    Object create(Object... arguments) throws ReflectiveOperationException {
        Constructor<?> constructor = null;
        if (components != null) {
            constructor = open(type.getDeclaredConstructor(componentTypes()));
        } else if (!Modifier.isAbstract(type.getModifiers())) {
            try {
                constructor = open(type.getDeclaredConstructor());
            } catch (NoSuchMethodException none) {
                if (event) constructor = blank(type);
            }
        }
        if (constructor == null) throw new InstantiationException(type.getName() + " has no constructor without parameters");
        return constructor.newInstance(arguments);
    }

    private Class<?>[] componentTypes() {
        Class<?>[] types = new Class<?>[components.size()];
        for (int i = 0; i < types.length; ++i) types[i] = components.get(i).getter.getReturnType();
        return types;
    }

    private Property at(String name) {
        return byName.computeIfAbsent(name, Property::new);
    }

    private void findFields(Class<?> owner) {
        for (Field field : owner.getDeclaredFields()) {
            int modifiers = field.getModifiers();
            if (Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers) || field.isSynthetic()) continue;
            Property property = at(field.getName());
            if (!Modifier.isPublic(modifiers) && !event) continue;  // it only has its place in the order
            property.field = open(field);
            property.type = field.getGenericType();
        }
    }

    private void findGetter(Method method) {
        if (method.getParameterCount() > 0 || !isProperty(method) || method.getDeclaringClass() == Object.class) return;
        Class<?> result = method.getReturnType();
        String name = method.getName();
        boolean is = name.startsWith("is") && name.length() > 2 && (result == boolean.class || result == Boolean.class);
        if (!is && !(name.startsWith("get") && name.length() > 3) || result == void.class) return;
        Property property = at(Names.decapitalized(name.substring(is ? 2 : 3)));
        if (property.getter != null && is) return;
        property.getter = open(method);
    }

    private void findSetter(Method method) {
        String name = method.getName();
        if (method.getParameterCount() != 1 || !isProperty(method) || !name.startsWith("set") || name.length() < 4) return;
        Property property = at(Names.decapitalized(name.substring(3)));
        // Of several the one that fits what is read.
        boolean fits = property.getter == null || property.getter.getReturnType() == method.getParameterTypes()[0];
        if (property.setter != null && !fits) return;
        property.setter = open(method);
        property.type = method.getGenericParameterTypes()[0];
    }

    private static boolean isProperty(Method method) {
        return !Modifier.isStatic(method.getModifiers()) && !method.isBridge() && !method.isSynthetic();
    }

    private static boolean isRecord(Class<?> type) {
        return type.getSuperclass() != null && type.getSuperclass().getName().equals("java.lang.Record");
    }

    /** By reflection, as older versions of Java that this runs on have no records. */
    private List<Property> findComponents() {
        List<Property> found = new ArrayList<>();
        try {
            for (Object component : (Object[]) Class.class.getMethod("getRecordComponents").invoke(type)) {
                Class<?> kind = component.getClass();
                Property property = at((String) kind.getMethod("getName").invoke(component));
                property.getter = open((Method) kind.getMethod("getAccessor").invoke(component));
                property.type = property.getter.getGenericReturnType();
                found.add(property);
            }
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
        return found;
    }

    /** Lets it be used whatever its visibility, where its module allows. */
    static <T extends java.lang.reflect.AccessibleObject & Member & AnnotatedElement> T open(T member) {
        try {
            member.setAccessible(true);
        } catch (RuntimeException closed) {
            // What is public works all the same.
        }
        return member;
    }

    /** Makes an object without running a constructor of its class. By reflection: the compiler hides this part of Java. */
    private static Constructor<?> blank(Class<?> type) throws ReflectiveOperationException {
        Class<?> maker = Class.forName("sun.reflect.ReflectionFactory");
        return (Constructor<?>) maker.getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                .invoke(maker.getMethod("getReflectionFactory").invoke(null), type, Object.class.getDeclaredConstructor());
    }
}
