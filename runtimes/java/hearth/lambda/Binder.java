package hearth.lambda;

import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Makes objects of the types that handlers want from what Json reads. */
final class Binder {
    static final class Mismatch extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        Mismatch(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private Binder() {}

    /** `variables`: what type parameters stand for here. */
    static Object bind(Object value, Type type, Map<TypeVariable<?>, Type> variables) {
        if (type instanceof WildcardType) return bind(value, ((WildcardType) type).getUpperBounds()[0], variables);
        if (type instanceof TypeVariable) {
            Type known = variables.get(type);
            return bind(value, known != null ? known : ((TypeVariable<?>) type).getBounds()[0], variables);
        }
        if (type instanceof GenericArrayType) {
            return array(value, ((GenericArrayType) type).getGenericComponentType(), variables);
        }
        if (type instanceof ParameterizedType) {
            ParameterizedType generic = (ParameterizedType) type;
            Class<?> raw = (Class<?>) generic.getRawType();
            return object(value, raw, parameters(raw, generic.getActualTypeArguments(), variables));
        }
        return object(value, (Class<?>) type, variables);
    }

    static Class<?> raw(Type type, Map<TypeVariable<?>, Type> variables) {
        if (type instanceof Class) return (Class<?>) type;
        if (type instanceof ParameterizedType) return (Class<?>) ((ParameterizedType) type).getRawType();
        if (type instanceof WildcardType) return raw(((WildcardType) type).getUpperBounds()[0], variables);
        if (type instanceof TypeVariable) {
            Type known = variables.get(type);
            return known != null && known != type ? raw(known, variables) : raw(((TypeVariable<?>) type).getBounds()[0], variables);
        }
        return Array.newInstance(raw(((GenericArrayType) type).getGenericComponentType(), variables), 0).getClass();
    }

    /** What the parameters of a class and of those it extends stand for. */
    private static Map<TypeVariable<?>, Type> parameters(Class<?> raw, Type[] arguments, Map<TypeVariable<?>, Type> outer) {
        // What stands for them may again be made of what is known outside.
        Map<TypeVariable<?>, Type> known = new HashMap<>(outer);
        TypeVariable<?>[] names = raw.getTypeParameters();
        for (int i = 0; i < names.length; ++i) known.put(names[i], resolved(arguments[i], outer));
        return known;
    }

    private static Type resolved(Type type, Map<TypeVariable<?>, Type> variables) {
        return type instanceof TypeVariable && variables.containsKey(type) ? variables.get(type) : type;
    }

    private static void inherit(Class<?> type, Map<TypeVariable<?>, Type> known) {
        for (Class<?> one = type; one != null && one != Object.class; one = one.getSuperclass()) {
            Type parent = one.getGenericSuperclass();
            if (!(parent instanceof ParameterizedType)) continue;
            Type[] arguments = ((ParameterizedType) parent).getActualTypeArguments();
            known.putAll(parameters(one.getSuperclass(), arguments, known));
        }
    }

    private static Object object(Object value, Class<?> type, Map<TypeVariable<?>, Type> variables) {
        if (type == Object.class || type == java.io.Serializable.class) return plain(value);
        if (type == Optional.class) return Optional.ofNullable(bind(value, argument(type, 0, variables), variables));
        if (type == Void.class || type == void.class) return null;
        if (value == null) return type.isPrimitive() ? Scalars.zero(type) : null;
        if (Scalars.has(type)) return Scalars.of(value, type);
        if (type.isArray()) return array(value, type.getComponentType(), variables);
        if (Iterable.class.isAssignableFrom(type) && !(value instanceof Map)) return collection(value, type, variables);
        if (Map.class.isAssignableFrom(type) && value instanceof Map) return map((Map<?, ?>) value, type, variables);
        if (value instanceof List) {
            // Lists of one stand for what they hold, empty ones for nothing.
            List<?> list = (List<?>) value;
            if (list.isEmpty()) return null;
            if (list.size() == 1) return object(list.get(0), type, variables);
        }
        if (!(value instanceof Map)) return Scalars.made(value, type);
        return bean((Map<?, ?>) value, type, variables);
    }

    private static Type argument(Class<?> type, int number, Map<TypeVariable<?>, Type> variables) {
        TypeVariable<?>[] names = type.getTypeParameters();
        Type found = number < names.length ? variables.get(names[number]) : null;
        return found != null ? found : Object.class;
    }

    private static Object array(Object value, Type element, Map<TypeVariable<?>, Type> variables) {
        if (value == null) return null;
        Class<?> raw = raw(element, variables);
        if (raw == byte.class && value instanceof String) return Scalars.bytes((String) value);
        if (raw == char.class && value instanceof String) return ((String) value).toCharArray();
        List<?> values = value instanceof List ? (List<?>) value : Collections.singletonList(value);
        Object array = Array.newInstance(raw, values.size());
        for (int i = 0; i < values.size(); ++i) Array.set(array, i, bind(values.get(i), element, variables));
        return array;
    }

    private static Object collection(Object value, Class<?> type, Map<TypeVariable<?>, Type> variables) {
        List<?> values = value instanceof List ? (List<?>) value : Collections.singletonList(value);
        Map<TypeVariable<?>, Type> known = new HashMap<>(variables);
        Type element = elementOf(type, known, Iterable.class, 0);
        Collection<Object> made = newCollection(type, values.size());
        for (Object one : values) made.add(bind(one, element, known));
        return made;
    }

    @SuppressWarnings("unchecked")
    private static Collection<Object> newCollection(Class<?> type, int size) {
        if (type.isAssignableFrom(ArrayList.class)) return new ArrayList<>(size);
        if (type.isAssignableFrom(LinkedHashSet.class)) return new LinkedHashSet<>();
        if (type.isAssignableFrom(TreeSet.class)) return new TreeSet<>();
        if (type.isAssignableFrom(ArrayDeque.class)) return new ArrayDeque<>();
        return (Collection<Object>) create(type);
    }

    /** The parameter of `base` as a class that need not be generic itself knows it. */
    private static Type elementOf(Class<?> type, Map<TypeVariable<?>, Type> known, Class<?> base, int number) {
        if (type.getTypeParameters().length > 0) return argument(type, Math.min(number, type.getTypeParameters().length - 1), known);
        inherit(type, known);
        for (Class<?> one = type.getSuperclass(); one != null && base.isAssignableFrom(one); one = one.getSuperclass()) {
            if (one.getTypeParameters().length > number) return argument(one, number, known);
        }
        return Object.class;
    }

    private static Object map(Map<?, ?> value, Class<?> type, Map<TypeVariable<?>, Type> variables) {
        Map<TypeVariable<?>, Type> known = new HashMap<>(variables);
        Type keys = elementOf(type, known, Map.class, 0);
        Type values = elementOf(type, known, Map.class, 1);
        Map<Object, Object> made = newMap(type, raw(keys, known));
        boolean plainKeys = keys == Object.class || keys == String.class;
        for (Map.Entry<?, ?> entry : value.entrySet()) {
            Object key = plainKeys ? entry.getKey() : bind(entry.getKey(), keys, known);
            made.put(key, bind(entry.getValue(), values, known));
        }
        return made;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Map<Object, Object> newMap(Class<?> type, Class<?> keys) {
        if (type.isAssignableFrom(LinkedHashMap.class)) return new LinkedHashMap<>();
        if (type.isAssignableFrom(TreeMap.class)) return new TreeMap<>();
        if (type == java.util.EnumMap.class) return new java.util.EnumMap(keys);
        if (type == java.util.concurrent.ConcurrentMap.class) return new java.util.concurrent.ConcurrentHashMap<>();
        return (Map<Object, Object>) create(type);
    }

    private static Object bean(Map<?, ?> members, Class<?> type, Map<TypeVariable<?>, Type> variables) {
        Bean bean = Bean.of(type);
        Map<TypeVariable<?>, Type> known = new HashMap<>(variables);
        inherit(type, known);
        if (bean.components != null) {
            Object[] arguments = new Object[bean.components.size()];
            for (int i = 0; i < arguments.length; ++i) {
                Bean.Property component = bean.components.get(i);
                arguments[i] = member(members.get(component.name), component, known, bean);
            }
            return create(type, arguments);
        }
        Object made = create(type);
        for (Map.Entry<?, ?> entry : members.entrySet()) {
            Bean.Property property = bean.settable((String) entry.getKey());
            if (property == null) continue;
            Object value = member(entry.getValue(), property, known, bean);
            try {
                property.set(made, value);
            } catch (ReflectiveOperationException error) {
                throw new Mismatch("cannot set " + type.getName() + "." + property.name, causeOf(error));
            }
        }
        return made;
    }

    private static Object member(Object value, Bean.Property property, Map<TypeVariable<?>, Type> known, Bean bean) {
        // Events have seconds where Java counts milliseconds.
        if (bean.isEvent() && property.type == java.util.Date.class && value instanceof Number) {
            return new java.util.Date(Math.round(((Number) value).doubleValue() * 1000));
        }
        try {
            return bind(value, property.type, known);
        } catch (Mismatch error) {
            throw new Mismatch(property.name + ": " + error.getMessage(), error.getCause());
        }
    }

    private static Object create(Class<?> type, Object... arguments) {
        try {
            return Bean.of(type).create(arguments);
        } catch (ReflectiveOperationException error) {
            throw new Mismatch("Cannot construct instance of " + type.getName(), causeOf(error));
        }
    }

    static Throwable causeOf(ReflectiveOperationException error) {
        return error instanceof java.lang.reflect.InvocationTargetException && error.getCause() != null ? error.getCause() : error;
    }

    /** The tree with numbers as Java has them. */
    private static Object plain(Object value) {
        if (value instanceof Json.Decimal) return ((Json.Decimal) value).doubleValue();
        if (value instanceof Map) {
            @SuppressWarnings("unchecked")
            Map<String, Object> members = (Map<String, Object>) value;
            members.replaceAll((name, one) -> plain(one));
        } else if (value instanceof List) {
            @SuppressWarnings("unchecked")
            List<Object> elements = (List<Object>) value;
            elements.replaceAll(Binder::plain);
        }
        return value;
    }
}
