package hearth.lambda;

import com.amazonaws.services.lambda.crac.CheckpointException;
import com.amazonaws.services.lambda.crac.Context;
import com.amazonaws.services.lambda.crac.Resource;
import com.amazonaws.services.lambda.crac.RestoreException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The resources that a function has registered: told last to first before its process rests, and first to last after. */
public final class Hooks extends Context<Resource> {
    private interface Call {
        void on(Resource resource) throws Exception;
    }

    private final List<WeakReference<Resource>> resources = new ArrayList<>();

    @Override
    public synchronized void register(Resource resource) {
        resources.removeIf(known -> known.get() == null || known.get() == resource);
        resources.add(new WeakReference<>(resource));
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException {
        List<Resource> all = registered();
        Collections.reverse(all);
        tell(all, resource -> resource.beforeCheckpoint(this), new CheckpointException());
    }

    @Override
    public void afterRestore(Context<? extends Resource> context) throws RestoreException {
        tell(registered(), resource -> resource.afterRestore(this), new RestoreException());
    }

    private synchronized List<Resource> registered() {
        List<Resource> all = new ArrayList<>();
        for (WeakReference<Resource> known : resources) {
            Resource resource = known.get();
            if (resource != null) all.add(resource);
        }
        return all;
    }

    /** Each is told, whatever the others raise. */
    private static <E extends Exception> void tell(List<Resource> all, Call call, E failed) throws E {
        for (Resource resource : all) {
            try {
                call.on(resource);
            } catch (CheckpointException | RestoreException error) {
                for (Throwable one : error.getSuppressed()) failed.addSuppressed(one);
                if (error.getSuppressed().length == 0) failed.addSuppressed(error);
            } catch (Throwable error) {
                failed.addSuppressed(error);
            }
        }
        if (failed.getSuppressed().length > 0) throw failed;
    }
}
