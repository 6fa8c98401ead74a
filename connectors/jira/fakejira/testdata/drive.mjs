// Drives the fake by jira.js, a client that knows nothing of it, and prints what
// it saw as JSON.
import { Version3Client } from 'jira.js';

const [host, email, apiToken] = process.argv.slice(2);
const jira = new Version3Client({ host, authentication: { basic: { email, apiToken } } });
const seen = {};

seen.server = (await jira.serverInfo.getServerInfo()).deploymentType;
seen.me = (await jira.myself.getCurrentUser()).accountId;
seen.fields = (await jira.issueFields.getFields()).length;
const projects = await jira.projects.searchProjects({ maxResults: 50 });
seen.projects = projects.values.map((p) => p.key);
const jql = 'project = PAY ORDER BY key ASC';
seen.issues = [];
for (let nextPageToken; ; ) {
  const page = await jira.issueSearch.searchForIssuesUsingJqlEnhancedSearchPost({ jql, nextPageToken, maxResults: 3, fields: ['summary', 'comment'] });
  seen.issues.push(...page.issues.map((i) => i.key));
  nextPageToken = page.nextPageToken;
  if (!nextPageToken) break;
}
const got = await jira.issueSearch.searchForIssuesUsingJqlEnhancedSearch({ jql, fields: ['*all'], maxResults: 50 });
seen.byGet = got.issues.map((i) => i.key);
seen.count = (await jira.issueSearch.countIssues({ jql })).count;
const issue = await jira.issues.getIssue({ issueIdOrKey: seen.issues[0] });
seen.summary = issue.fields.summary;
seen.body = issue.fields.description.type;
const comments = await jira.issueComments.getComments({ issueIdOrKey: seen.issues[0] });
seen.comments = comments.total === comments.comments.length;
seen.fetched = (await jira.issues.bulkFetchIssues({ issueIdsOrKeys: [seen.issues[0], 'NO-1'] })).issues.length;
const roles = await jira.projectRoles.getAllProjectRoles();
seen.roles = roles.map((r) => r.name);
const role = await jira.projectRoles.getProjectRole({ projectIdOrKey: 'PAY', id: roles[0].id });
seen.actors = role.actors.length > 0;
seen.groups = (await jira.groups.bulkGetGroups({ maxResults: 50 })).total;
seen.members = (await jira.groups.getUsersFromGroup({ groupId: 'g-1' })).values.length > 0;
seen.users = (await jira.users.getAllUsers({ maxResults: 10 })).length;
seen.applications = (await jira.applicationRoles.getAllApplicationRoles()).map((a) => a.key);
const scheme = await jira.projectPermissionSchemes.getAssignedPermissionScheme({ projectKeyOrId: 'PAY', expand: 'all' });
seen.browse = scheme.permissions.some((p) => p.permission === 'BROWSE_PROJECTS');
const security = await jira.projectPermissionSchemes.getProjectIssueSecurityScheme({ projectKeyOrId: 'PAY' });
seen.levels = security.levels.length;
seen.levelMembers = (await jira.issueSecuritySchemes.getSecurityLevelMembers({ schemeId: [String(security.id)] })).total > 0;
const may = await jira.permissions.getBulkPermissions({ accountId: 'acc-05', projectPermissions: [{ permissions: ['BROWSE_PROJECTS'], issues: [Number(issue.id)], projects: [] }] });
seen.may = may.projectPermissions[0].permission;
try {
  await jira.issues.getIssue({ issueIdOrKey: 'NO-1' });
} catch (error) {
  seen.missing = error.status ?? error.response?.status ?? error.cause?.response?.status;
}
console.log(JSON.stringify(seen));
