import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import registry.ApiClient;
import registry.ApiException;
import registry.api.StandardsApi;
import registry.api.SyncApi;
import registry.model.*;

/** A day's work with the registry through the client that openapi-generator made of the specification. */
final class Day {
  private static final String OWNER = "370214";
  private static final String BATCH = "java-" + System.nanoTime();

  public static void main(String[] arguments) throws Exception {
    ApiClient client = new ApiClient();
    client.updateBaseUri(System.getenv("REGISTRY_URL"));
    String authorization = "Bearer " + System.getenv("TOKEN");
    client.setRequestInterceptor(request -> request.header("Authorization", authorization));
    new Day(client).work();
  }

  private final ObjectMapper mapper;
  private final StandardsApi standards;
  private final SyncApi sync;

  private Day(ApiClient client) {
    mapper = client.getObjectMapper();
    standards = new StandardsApi(client);
    sync = new SyncApi(client);
  }

  private void work() throws Exception {
    // Create; the same key again creates nothing.
    List<StandardEntry> created = new ArrayList<>();
    for (int serial = 1; serial <= 3; serial++) created.add(create(serial, null));
    StandardEntry once = create(4, BATCH);
    check(once.getId().equals(create(4, BATCH).getId()), "a repeated key creates nothing");

    // Change what was read; a second change on the same revision is told the current one.
    UUID id = created.get(0).getId();
    String tag = standards.getStandardWithHttpInfo(id, null, null, null, null, null).getHeaders().get("etag").get(0);
    StandardPatch change =
        new StandardPatch().reason("补充适用范围").content(new StandardContentPatch().scope("适用于养老机构"));
    StandardEntry patched = standards.patchStandard(id, tag, change, null, null);
    check(patched.getRevision() == 2, "patched");
    check("适用于养老机构".equals(patched.getContent().getScope()), "the scope is there");
    try {
      standards.patchStandard(id, tag, change, null, null);
      throw new AssertionError("a stale tag was taken");
    } catch (ApiException refused) {
      Problem problem = mapper.readValue(refused.getResponseBody(), Problem.class);
      check(refused.getCode() == 412, "412");
      check(problem.getType() == Problem.TypeEnum._PROBLEMS_PRECONDITION_FAILED, "its type");
      check(problem.getCurrentRevision() == 2, "the current revision");
    }

    // Follow what happened since.
    String before = String.valueOf(created.get(0).getPosition() - 1);
    ChangePage page = sync.listChanges(before, null, 5L, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    List<Action> actions = new ArrayList<>();
    for (Change line : page.getItems()) actions.add(line.getRevisionLine().getAction());
    check(actions.equals(List.of(Action.CREATE, Action.CREATE, Action.CREATE, Action.CREATE, Action.UPDATE)), actions.toString());
    System.out.printf("openapi-generator (Java): 4 created, 1 patched, followed to %d%n", page.getPosition());
  }

  private StandardEntry create(int serial, String key) throws ApiException {
    StandardContent content =
        new StandardContent()
            .externalId(BATCH + "-" + serial)
            .title("青岛市公共服务规范 " + serial)
            .origin(Origin.SELF_BUILT)
            .level(StandardLevel.LOCAL)
            .addPlacementsItem(
                new Placement().framework("qingdao").cell(Map.of("subsystem", "老有颐养", "dimension", "process")));
    return standards.createStandard(new StandardWrite().owner(OWNER).content(content), key, null);
  }

  private static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }
}
